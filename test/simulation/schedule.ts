import type { Rules } from "../../src/replication/replication.ts";
import { injectFault } from "./faults.ts";
import { checkRest, checkStep } from "./invariants.ts";
import { Random } from "./random.ts";
import { findSteps, restartSupervisor, type Step } from "./steps.ts";
import { Violation, World, type Scenario } from "./world.ts";

/**
 * `uniform`: any step may be next. `biased`: every actor has a random priority that changes at a
 * few points, so that one actor may lag far behind.
 */
export type Bias = "uniform" | "biased";

export interface ScheduleOptions {
  readonly seed: number;
  readonly bias: Bias;
  readonly rules: Rules;
  /** Drawn from the seed unless given. */
  readonly copies?: number;
  readonly onStep?: (text: string) => void;
}

export interface ScheduleResult {
  readonly steps: number;
  /**
   * The number of times of each kind of event: acknowledgements, promotions, strikes, faults by
   * name.
   */
  readonly tally: ReadonlyMap<string, number>;
  /** The broken promise, or `null`. */
  readonly violation: string | null;
}

/** Far more steps than any schedule needs to come to rest. */
const MAX_STEPS_TO_REST = 20_000;
/** The chance, in a uniform schedule, that a timer fires although another step is possible. */
const TIMER_CHANCE = 0.01;

/** Runs one schedule: first with faults, then without faults until no step is left. */
export function runSchedule(options: ScheduleOptions): ScheduleResult {
  const random = new Random(options.seed * 2 + 1);
  const world = new World(options.seed, drawScenario(random, options.copies), options.rules);
  const run = new Run(world, options);
  try {
    run.disturb();
    run.calm();
    return { steps: run.steps, tally: world.tally, violation: null };
  } catch (error) {
    const isFound =
      error instanceof Violation || (error instanceof Error && error.name === "JflowError");
    if (!isFound) throw error;
    options.onStep?.(describeWorld(world));
    return { steps: run.steps, tally: world.tally, violation: error.message };
  }
}

function drawScenario(random: Random, copies: number | undefined): Scenario {
  const kinds = random.chance(0.15)
    ? ["w", "f", "t", "k", "f"]
    : ["w", "w", "w", "t", "w", "w", "k"];
  const count = random.between(1, 8);
  return {
    copies: copies ?? random.pick([1, 2, 2, 2, 3, 3, 3]),
    writes: Array.from({ length: count }, (_, index) => `${random.pick(kinds)}${index}`),
    writeMs: random.pick([0, 700, 1100, 2500]),
    loadMs: random.pick([0, 2_000, 8_000]),
  };
}

/** Describes every disk and process at the end, for people. */
function describeWorld(world: World): string {
  const disks = world.disks.map(
    (disk) =>
      `disk ${disk.copyId}: ${disk.history.map(({ seq, term, operationId }) => `${seq}@${term} ${operationId}`).join(", ")}; ` +
      `base ${disk.base}, written ${disk.written}, durable ${disk.durable}, checkpoint ${disk.checkpoint}, ` +
      `snapshots ${disk.snapshots.map(({ head }) => head.seq).join(" ")}`,
  );
  const processes = world.processes.map(
    ({ id, copyId, copy, isAlive, isStopped, isKilled, executorTask, snapshotTask, state }) =>
      `process ${id} ${copyId}: ${isAlive ? "" : "dead "}${isStopped ? "stopped " : ""}${isKilled ? "killed " : ""}${copy.role} term ${copy.term} ` +
      `fsynced ${copy.localCheckpoint} applied ${copy.applied} checkpoint ${copy.checkpoint} ${copy.isServing ? "serving" : ""} ` +
      `at ${executorTask?.kind ?? "-"} ${snapshotTask?.kind ?? "-"} [${state.join(" ")}]`,
  );
  const file =
    world.stateFile &&
    `state.json: term ${world.stateFile.term}, set ${world.stateFile.inSync.join(" ")}`;
  return [...disks, ...processes, file, JSON.stringify(world.supervisor.master?.shard)].join("\n");
}

class Run {
  readonly #world: World;
  readonly #options: ScheduleOptions;
  readonly #priorities = new Map<string, number>();
  steps = 0;

  constructor(world: World, options: ScheduleOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** Performs steps among faults. */
  disturb(): void {
    const { random } = this.#world;
    const length = random.between(20, 400);
    const faultChance = random.pick([0, 0.01, 0.03, 0.06]);
    const changeChance = random.pick([0.005, 0.02, 0.1]);
    for (let step = 0; step < length; step++) {
      if (random.chance(faultChance)) {
        const fault = injectFault(this.#world);
        if (fault !== null) {
          this.#world.count(fault);
          this.#after(fault);
        }
      }
      if (random.chance(changeChance)) this.#priorities.clear();
      const steps = findSteps(this.#world);
      if (steps.length > 0) this.#perform(this.#choose(steps));
    }
  }

  /**
   * Performs steps without faults until none is left. An actor that is late now stays late forever.
   */
  calm(): void {
    const world = this.#world;
    world.isCalm = true;
    for (const process of world.processes) process.isStopped = false;
    if (!world.supervisor.isUp) restartSupervisor(world);
    for (let step = 0; step < MAX_STEPS_TO_REST; step++) {
      const steps = findSteps(world);
      const due = steps.filter((candidate) => !candidate.isTimer);
      if (due.length > 0) this.#perform(world.random.pick(due));
      else if (steps.some((candidate) => candidate.actor === "wait"))
        this.#perform(steps.find(({ actor }) => actor === "wait")!);
      else if (steps.length > 0)
        world.fail(`no progress: only a timer is left: ${steps[0]!.actor}`);
      else return checkRest(world);
    }
    world.fail(`no progress: no rest after ${MAX_STEPS_TO_REST} steps`);
  }

  #choose(steps: readonly Step[]): Step {
    const { random } = this.#world;
    if (this.#options.bias === "uniform") {
      const due = steps.filter((step) => !step.isTimer);
      const timers = steps.filter((step) => step.isTimer);
      const isTimersTurn = timers.length > 0 && (due.length === 0 || random.chance(TIMER_CHANCE));
      return random.pick(isTimersTurn ? timers : due);
    }
    let best = steps[0]!;
    let highest = -1;
    for (const step of steps) {
      const priority = this.#priorityOf(step);
      if (priority > highest) {
        highest = priority;
        best = step;
      }
    }
    return best;
  }

  #priorityOf(step: Step): number {
    const known = this.#priorities.get(step.actor);
    if (known !== undefined) return known;
    const priority = this.#world.random.below(
      step.isTimer || step.actor.startsWith("kill") ? 100_000 : 1_000_000,
    );
    this.#priorities.set(step.actor, priority);
    return priority;
  }

  #perform(step: Step): void {
    step.perform();
    this.#after(this.#options.onStep ? `${step.actor}: ${step.name}` : "");
  }

  #after(text: string): void {
    this.steps += 1;
    this.#options.onStep?.(text);
    checkStep(this.#world);
    this.#world.tidy();
  }
}
