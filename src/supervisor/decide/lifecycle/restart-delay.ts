import {
  FIRST_RESTART_DELAY_MS,
  MAX_RESTART_DELAY_MS,
  STABLE_AFTER_MS,
} from "../../../util/limits/processes.ts";

/** Whether a replica that served for `servedMs` died too early to be called a success. */
export function isYoungDeath(servedMs: number): boolean {
  return servedMs < STABLE_AFTER_MS;
}

/**
 * 0.5 s; doubled, to 30 s at most, only while the child dies young. A copy of a shard without a
 * primary always restarts after 0.5 s: the shard may be waiting for just this one. `lastMs` is the
 * wait before its last start, 0 for none.
 */
export function nextDelay(lastMs: number, diedYoung: boolean, leaderless: boolean): number {
  if (leaderless || !diedYoung || lastMs === 0) return FIRST_RESTART_DELAY_MS;
  return Math.min(lastMs * 2, MAX_RESTART_DELAY_MS);
}
