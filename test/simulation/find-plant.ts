import type { Plant } from "./plants.ts";
import { runSchedule, type Bias } from "./schedule.ts";

export interface FoundPlant {
  /** The number of schedules until the rule was missed. */
  readonly schedules: number;
  readonly seed: number;
  readonly violation: string;
}

/**
 * Runs schedules with a rule left out until an invariant notices. Returns `null` if `max`
 * schedules do not.
 */
export function findPlant(
  plant: Plant,
  search: { bias: Bias; seed: number; max: number },
): FoundPlant | null {
  for (let schedules = 1; schedules <= search.max; schedules++) {
    const seed = search.seed + schedules - 1;
    const { violation } = runSchedule({ seed, bias: search.bias, rules: plant.rules });
    if (violation !== null) return { schedules, seed, violation };
  }
  return null;
}
