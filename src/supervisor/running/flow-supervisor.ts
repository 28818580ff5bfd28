import type { Flow } from "../../flow/flow.ts";
import type { FlowEvent } from "../../model/control/messages.ts";
import { readyEvent } from "../describe/flow-events.ts";
import type { FlowPhase } from "../decide/reconcile.ts";
import { isLive } from "../decide/lifecycle/replica-state.ts";
import type { AwakeClock } from "../../util/awake-clock.ts";
import { Changes } from "./changes.ts";
import { explainFailures } from "./explain-failures.ts";
import { ExternalReplicas } from "../external/external-replicas.ts";
import type { ShardFacts } from "../decide/shard-state.ts";
import { FlowReporter } from "./flow-reporter.ts";
import { FlowFacts } from "./flow-facts.ts";
import { startHeartbeats } from "../children/heartbeats.ts";
import type { ReplicaListener } from "../children/replica-deps.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { factsOf } from "../shards/shard.ts";
import { Shards, type ShardsDeps } from "../shards/shards.ts";
import type { FlowPlan, PlanEntry } from "../plan/flow-plan.ts";
import { OpenFilesWatch } from "./open-files-watch.ts";
import { ReconcileLoop } from "./reconcile-loop.ts";
import { ReplicaEvents } from "./replica-events.ts";
import { RunningReplicas } from "./running-replicas.ts";
import { StartUp } from "./start-up.ts";
import type { StateFile } from "../disk/state-file.ts";
import { Followers } from "./watchers.ts";

/** The collaborators of `FlowSupervisor`. */
export interface FlowSupervisorDeps {
  readonly stateFile: StateFile;
  readonly workspaceOf: ShardsDeps["workspaceOf"];
  makeReplica(entry: PlanEntry, listener: ReplicaListener): ReplicaProcess;
  /** Returns why the gateway did not start, or `failure` if there is no better explanation. */
  explainGatewayFailure(failure: string): Promise<string>;
  readonly clock: AwakeClock;
  log(text: string): void;
}

/**
 * Makes the running replicas equal to the plan in effect, from `start` until `ended`. `apply` is
 * the only way to change what runs. The decisions are made in `decide/` and `replication/`.
 */
export class FlowSupervisor {
  readonly #deps: FlowSupervisorDeps;
  readonly #replicas: RunningReplicas;
  readonly clock: AwakeClock;
  readonly shards: Shards;
  readonly facts: FlowFacts;
  readonly external: ExternalReplicas;
  readonly openFiles: OpenFilesWatch<ReplicaProcess>;
  readonly reporter: FlowReporter;
  readonly followers = new Followers();
  /** Emits after every change of the flow. */
  readonly changes = new Changes();
  readonly #startUp: StartUp;
  readonly #loop: ReconcileLoop;
  #plan: FlowPlan;
  #phase: FlowPhase = { name: "running" };
  /** The shards that had no primary when the flow became ready. Undefined before that. */
  #degraded: readonly string[] | undefined;
  #stopHeartbeats: () => void = () => undefined;
  #end: () => void = () => undefined;
  /** Resolves when all processes of the flow are gone. */
  readonly ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(plan: FlowPlan, deps: FlowSupervisorDeps) {
    this.#plan = plan;
    this.#deps = deps;
    this.clock = deps.clock;
    this.reporter = new FlowReporter((text) => deps.log(text));
    this.facts = new FlowFacts(() => this.plan, deps.stateFile);
    const events = new ReplicaEvents({
      facts: this.facts,
      reporter: this.reporter,
      shards: () => this.shards,
      isStopping: () => this.#phase.name !== "running",
      changed: () => this.#loop.schedule(),
    });
    this.#replicas = new RunningReplicas(plan, (entry) => deps.makeReplica(entry, events));
    this.#loop = new ReconcileLoop(deps.clock, {
      replicas: this.#replicas,
      plan: () => this.#plan,
      phase: () => this.#phase,
      shards: () => this.shards,
      published: async () => this.#published(),
      reconciled: () => this.#reconciled(),
    });
    this.shards = new Shards(plan, {
      clock: deps.clock,
      stateFile: deps.stateFile,
      replicas: () => this.replicas,
      workspaceOf: (whole, planned) => deps.workspaceOf(whole, planned),
      changed: () => this.#loop.schedule(),
      notice: (text) => this.notice(text),
    });
    this.external = new ExternalReplicas(this.flow.deployments, {
      changed: () => this.#loop.schedule(),
      learned: (deployment, described) => {
        this.facts.describe(deployment, described);
        this.#loop.schedule();
      },
      lost: ({ address, target }) =>
        this.notice(`${address}: the external executor at ${target} does not answer`),
    });
    this.openFiles = new OpenFilesWatch(
      () => this.replicas,
      (replica, problem) => {
        this.reporter.problemChanged(replica, problem);
        this.#loop.schedule();
      },
    );
    this.#startUp = new StartUp(deps.clock, {
      serving: () => this.#publish(),
      ready: (degraded) => void this.#becomeReady(degraded),
      failed: (failed) => void this.#fail(failed),
      again: () => this.#loop.schedule(),
    });
  }

  get replicas(): readonly ReplicaProcess[] {
    return this.#replicas.all;
  }

  get plan(): FlowPlan {
    return this.#plan;
  }

  get flow(): Flow {
    return this.#plan.flow;
  }

  get state(): "starting" | "ready" | "stopping" {
    if (this.#phase.name !== "running") return "stopping";
    return this.#degraded === undefined ? "starting" : "ready";
  }

  start(): void {
    this.#stopHeartbeats = startHeartbeats(() => this.replicas, this.clock);
    this.external.start();
    this.openFiles.start();
    this.#loop.schedule();
  }

  /** Runs replicas that are not planned until their shards can do without them. */
  keep(entries: readonly PlanEntry[]): void {
    this.#replicas.add(entries);
    this.#loop.schedule();
  }

  /** Puts another plan into effect. */
  apply(plan: FlowPlan): void {
    this.#plan = plan;
    this.#replicas.follow(plan);
    this.shards.apply(plan);
    this.external.apply(plan.flow.deployments);
    this.#loop.schedule();
  }

  /** Drains the gateway, then all workers at once, in at most `drainMs` together. */
  down(drainMs: number): void {
    if (this.#phase.name !== "running") return;
    this.#stop({ name: "draining", deadline: this.clock.now() + drainMs });
  }

  kill(): void {
    if (this.#phase.name !== "killing") this.#stop({ name: "killing" });
  }

  #stop(phase: FlowPhase): void {
    this.reporter.stopping(phase.name);
    this.#phase = phase;
    this.shards.freeze();
    this.external.stop();
    this.#startUp.end();
    this.#loop.schedule();
  }

  notice(text: string): void {
    this.reporter.notice(text);
  }

  /** Returns the state of the flow as events, for a new watcher. */
  describeAll(): readonly FlowEvent[] {
    const ready =
      this.#degraded === undefined
        ? []
        : [readyEvent(this.facts.service(), this.#factsOf(this.#degraded))];
    return [...this.reporter.history(this.replicas), ...ready];
  }

  find(address: string): ReplicaProcess | undefined {
    return this.#replicas.byAddress.get(address);
  }

  #reconciled(): void {
    if (this.#phase.name === "running") this.#startUp.judge(this.replicas, this.shards);
    this.reporter.shardsChanged(this.shards.all);
    this.#publish();
    this.changes.emit();
    if (this.#phase.name !== "running" && !this.replicas.some(({ state }) => isLive(state)))
      this.#finish();
  }

  /**
   * Reports to the watchers that the flow is ready. Waits first until the gateway has the topology,
   * because a watcher may send a request immediately.
   */
  async #becomeReady(degraded: readonly string[]): Promise<void> {
    await this.#published();
    if (this.#phase.name !== "running") return;
    this.#degraded = degraded;
    this.reporter.ready(this.facts.service(), this.#factsOf(degraded));
    this.changes.emit();
  }

  #factsOf(addresses: readonly string[]): readonly ShardFacts[] {
    return this.shards.all.filter(({ address }) => addresses.includes(address)).map(factsOf);
  }

  /** Publishes the topology. Resolves when the gateway has it. */
  async #published(): Promise<void> {
    this.#publish();
    await this.replicas.find(({ planned }) => planned.part === "gateway")?.sendHeartbeat();
  }

  #publish(): void {
    const ready = this.#startUp.isServing;
    this.followers.publish((version) =>
      this.facts.topology(this.replicas, this.shards, { version, ready }),
    );
  }

  async #fail(replicas: readonly ReplicaProcess[]): Promise<void> {
    const reasons = await explainFailures(replicas, async (failure) =>
      this.#deps.explainGatewayFailure(failure),
    );
    this.reporter.failed(reasons, replicas);
    this.kill();
  }

  #finish(): void {
    this.#loop.stop();
    this.#stopHeartbeats();
    this.openFiles.stop();
    this.reporter.stopped();
    this.#end();
  }
}
