import {
  FIRST_MEMORY_RESTART_WAIT_MS,
  MAX_MEMORY_RESTART_WAIT_MS,
  MEMORY_OVER_MS,
  MEMORY_RESTARTS_KEPT_MS,
} from "../../../util/limits/processes.ts";

/** The memory of one replica over time. Times are in milliseconds of the supervisor's clock. */
export interface MemoryRecord {
  /** Since when the replica is above its limit; null: below. */
  readonly overSince: number | null;
  /** The restarts because of the limit, without those of long ago. */
  readonly restarts: number;
  /** When the last of them began; null before the first. */
  readonly restartedAt: number | null;
}

export const WITHIN_LIMIT: MemoryRecord = { overSince: null, restarts: 0, restartedAt: null };

export interface MemoryReading {
  readonly now: number;
  readonly rssBytes: number;
  readonly limitBytes: number;
}

/** Returns the record after one more reading. */
export function recordMemory(
  record: MemoryRecord,
  { now, rssBytes, limitBytes }: MemoryReading,
): MemoryRecord {
  const isLongAgo =
    record.restartedAt !== null && now - record.restartedAt >= MEMORY_RESTARTS_KEPT_MS;
  return {
    ...(isLongAgo ? WITHIN_LIMIT : record),
    overSince: rssBytes > limitBytes ? (record.overSince ?? now) : null,
  };
}

/**
 * Returns when a replica above its limit is restarted; null for one below. The first restart comes
 * after a few seconds, because a peak may pass. Each further one waits twice as long after the last
 * as the one before, up to five minutes, as in Kubernetes
 * (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
 */
export function memoryRestartAt({ overSince, restarts, restartedAt }: MemoryRecord): number | null {
  if (overSince === null) return null;
  const due = overSince + MEMORY_OVER_MS;
  if (restartedAt === null) return due;
  const waitMs = Math.min(
    FIRST_MEMORY_RESTART_WAIT_MS * 2 ** (restarts - 1),
    MAX_MEMORY_RESTART_WAIT_MS,
  );
  return Math.max(due, restartedAt + waitMs);
}

/** A restart because of the limit begins. */
export function recordMemoryRestart(record: MemoryRecord, now: number): MemoryRecord {
  return { overSince: null, restarts: record.restarts + 1, restartedAt: now };
}
