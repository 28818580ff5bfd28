import {
  FIRST_RESTART_DELAY_MS,
  MAX_RESTART_DELAY_MS,
  RESTART_JITTER,
  STABLE_AFTER_MS,
} from "../../../util/limits/processes.ts";

/** Returns whether a replica that served for `servedMs` ended too early to count as stable. */
export function isYoungDeath(servedMs: number): boolean {
  return servedMs < STABLE_AFTER_MS;
}

/**
 * Returns the wait before a restart: 0.5 s. The wait doubles, up to 30 s, while the process ends
 * early. A copy of a shard without a primary always restarts after 0.5 s, because the shard may
 * wait for this copy. `lastMs` is the wait before the last start; 0 means no wait.
 */
export function nextDelay(lastMs: number, diedYoung: boolean, leaderless: boolean): number {
  if (leaderless || !diedYoung || lastMs === 0) return FIRST_RESTART_DELAY_MS;
  return Math.min(lastMs * 2, MAX_RESTART_DELAY_MS);
}

/**
 * Returns a wait that is up to a fifth longer or shorter, so that replicas which ended together do
 * not start together (https://github.com/grpc/grpc/blob/master/doc/connection-backoff.md).
 * `random`: from 0 to 1.
 */
export function withJitter(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 + RESTART_JITTER * (2 * random - 1)));
}
