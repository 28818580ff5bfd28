import {
  LATE_AFTER_MS,
  SNAPSHOT_LOG_BYTES,
  SNAPSHOT_REPLAY_MS,
  SNAPSHOT_WORTH,
} from "../../util/limits/shards.ts";

/** How fast a snapshot travels to another copy on the same machine. */
const TRANSFER_BYTES_PER_MS = 500_000;
/** How fast a snapshot is made: serialised, checksummed, written and fsynced. */
const MAKING_BYTES_PER_MS = 100_000;
/** The log may grow to this share of the snapshot it comes after. */
const LOG_SHARE = 0.5;
/** How far one measurement moves the average. */
const SMOOTHING = 0.05;

/** What it would take to bring a copy up to date from where its log ends. */
export interface RecoveryCost {
  /** Records that it lacks, and how many of them a snapshot would save. */
  readonly operationsMissing: number;
  readonly operationsAfterSnapshot: number;
  readonly msPerOperation: number;
  readonly snapshotBytes: number;
  readonly loadMs: number;
}

/**
 * Whether sending the snapshot is cheaper than sending every record: applying a vector costs far
 * more than copying it in a snapshot.
 */
export function isSnapshotCheaper(cost: RecoveryCost): boolean {
  const byOperations = cost.operationsMissing * cost.msPerOperation;
  const afterSnapshot = cost.operationsAfterSnapshot * cost.msPerOperation;
  return byOperations > cost.snapshotBytes / TRANSFER_BYTES_PER_MS + cost.loadMs + afterSnapshot;
}

/** Whether a snapshot is due, by what came after the last, which was `snapshotBytes` long. */
export function isSnapshotDue(since: {
  readonly operations: number;
  readonly msPerOperation: number;
  readonly bytes: number;
  readonly snapshotBytes: number;
}): boolean {
  if (since.operations === 0) return false;
  const makingMs = since.snapshotBytes / MAKING_BYTES_PER_MS;
  const replayMs = since.operations * since.msPerOperation;
  return (
    replayMs >= Math.max(SNAPSHOT_REPLAY_MS, SNAPSHOT_WORTH * makingMs) ||
    since.bytes >= Math.max(SNAPSHOT_LOG_BYTES, LOG_SHARE * since.snapshotBytes)
  );
}

/** The average after one more measurement; the first one counts whole. */
export function smoothMs(averageMs: number | null, elapsedMs: number): number {
  return averageMs === null ? elapsedMs : averageMs + SMOOTHING * (elapsedMs - averageMs);
}

/** The slowest lately, after one more measurement. */
export function fadeMs(slowestMs: number, elapsedMs: number): number {
  return Math.max(elapsedMs, slowestMs * (1 - SMOOTHING));
}

/**
 * How long to wait for a member, given the slowest write lately: an executor whose writes are slow
 * on every copy makes no copy late.
 */
export function lateAfterMs(slowestMs: number): number {
  return LATE_AFTER_MS + 2 * slowestMs;
}
