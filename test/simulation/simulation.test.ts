import { describe, expect, test } from "vitest";
import { RULES } from "../../src/replication/replication.ts";
import { findPlant } from "./find-plant.ts";
import { PLANTS } from "./plants.ts";
import { runSchedule, type Bias } from "./schedule.ts";

const SCHEDULES = 3_000;
const MAX_SCHEDULES = 30_000;

describe("the decisions of replication, under seeded schedules of faults", () => {
  test.each<Bias>(["uniform", "biased"])(
    "keep every promise in %s schedules",
    { timeout: 120_000 },
    (bias) => {
      const broken: string[] = [];
      let acknowledged = 0;
      for (let seed = 1; seed <= SCHEDULES; seed++) {
        const result = runSchedule({ seed, bias, rules: RULES });
        acknowledged += result.tally.get("acknowledge") ?? 0;
        if (result.violation !== null)
          broken.push(`JFLOW_SIMULATION="${bias} ${seed}" npm run simulate: ${result.violation}`);
      }
      expect(broken, "replay a schedule step by step with the command it begins with").toEqual([]);
      expect(
        acknowledged,
        "schedules in which hardly a write is acknowledged show nothing",
      ).toBeGreaterThan(SCHEDULES);
    },
  );

  test("are the same for the same seed", () => {
    const steps: string[][] = [[], []];
    for (const trace of steps)
      runSchedule({ seed: 7, bias: "biased", rules: RULES, onStep: (text) => trace.push(text) });
    expect(steps[0]).toEqual(steps[1]);
  });
});

describe("the invariants notice when a rule is left out", () => {
  test.each(PLANTS)("$row", { timeout: 300_000 }, (plant) => {
    const found = findPlant(plant, { ...plant.from, max: MAX_SCHEDULES });
    expect(
      found,
      `left out, this rule is missed in ${MAX_SCHEDULES} ${plant.from.bias} schedules`,
    ).not.toBeNull();
  });
});
