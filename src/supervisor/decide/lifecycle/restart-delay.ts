/** The wait before a replica is started again, in milliseconds. */
export const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A death within this time of being ready counts as one that will come again. */
const YOUNG_MS = 5_000;

/** Whether a replica that served for `servedMs` died too early to be called a success. */
export function isYoungDeath(servedMs: number): boolean {
  return servedMs < YOUNG_MS;
}

/**
 * 0.5 s; doubled, to 30 s at most, only while the child dies young. A copy of a shard without a
 * primary always restarts after 0.5 s: the shard may be waiting for just this one. `lastMs` is the
 * wait before its last start, 0 for none.
 */
export function nextDelay(lastMs: number, diedYoung: boolean, leaderless: boolean): number {
  if (leaderless || !diedYoung || lastMs === 0) return FIRST_DELAY_MS;
  return Math.min(lastMs * 2, LONGEST_DELAY_MS);
}
