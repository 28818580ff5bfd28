/**
 * `npm run simulate -- [schedules] [first seed]` runs that many schedules of the decisions, half
 * uniform and half biased, and then every planted fault until it is found. JFLOW_SIMULATION="biased
 * 743" replays one schedule step by step.
 */
import { RULES } from "../../src/replication/replication.ts";
import { findPlant } from "./find-plant.ts";
import { PLANTS } from "./plants.ts";
import { runSchedule, type Bias } from "./schedule.ts";

const MAX_SCHEDULES: Readonly<Record<Bias, number>> = { uniform: 20_000, biased: 60_000 };

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Returns whether no promise was broken. */
function runMany(schedules: number, firstSeed: number): boolean {
  const startMs = Date.now();
  const broken: string[] = [];
  const tally = new Map<string, number>();
  let steps = 0;
  for (let index = 0; index < schedules && broken.length < 10; index++) {
    const bias: Bias = index % 2 === 0 ? "uniform" : "biased";
    const seed = firstSeed + Math.floor(index / 2);
    const result = runSchedule({ seed, bias, rules: RULES });
    steps += result.steps;
    for (const [what, times] of result.tally) tally.set(what, (tally.get(what) ?? 0) + times);
    if (result.violation !== null)
      broken.push(`JFLOW_SIMULATION="${bias} ${seed}": ${result.violation}`);
  }
  const seconds = Math.round((Date.now() - startMs) / 1000);
  const lastSeed = firstSeed + Math.ceil(schedules / 2) - 1;
  print(
    `${schedules} schedules, seeds ${firstSeed} to ${lastSeed}, each uniform and biased: ${steps} steps, ${seconds} s`,
  );
  print(
    [...tally]
      .toSorted(([left], [right]) => left.localeCompare(right))
      .map(([what, times]) => `${what} ${times}`)
      .join(", "),
  );
  print(broken.length === 0 ? "no promise broken" : broken.join("\n"));
  return broken.length === 0;
}

/** Returns whether every fault was found by at least one kind of schedule. */
function runPlants(): boolean {
  print("\nschedules until a rule that is left out is noticed:");
  print(
    `${"rule left out".padEnd(40)} ${"uniform".padStart(9)} ${"biased".padStart(9)}  what was noticed`,
  );
  let isEachFound = true;
  for (const plant of PLANTS) {
    const uniform = findPlant(plant, { bias: "uniform", seed: 1, max: MAX_SCHEDULES.uniform });
    const biased = findPlant(plant, { bias: "biased", seed: 1, max: MAX_SCHEDULES.biased });
    const counts = [uniform, biased].map((found) =>
      (found === null ? "-" : String(found.schedules)).padStart(9),
    );
    const noticed = (uniform ?? biased)?.violation ?? "NOT FOUND";
    print(`${plant.row.padEnd(40)} ${counts.join(" ")}  ${noticed}`);
    isEachFound &&= uniform !== null || biased !== null;
  }
  return isEachFound;
}

function replay(text: string): boolean {
  const [bias, seed] = text.split(" ");
  if (bias !== "uniform" && bias !== "biased")
    throw new Error(`JFLOW_SIMULATION is "uniform <seed>" or "biased <seed>", not "${text}"`);
  const { violation } = runSchedule({ seed: Number(seed), bias, rules: RULES, onStep: print });
  print(violation ?? "no promise broken");
  return violation === null;
}

const wanted = process.env["JFLOW_SIMULATION"];
const [schedules = 100_000, firstSeed = 1] = process.argv.slice(2).map(Number);
const isGood =
  wanted === undefined
    ? [runMany(schedules, firstSeed), runPlants()].every(Boolean)
    : replay(wanted);
process.exitCode = isGood ? 0 : 1;
