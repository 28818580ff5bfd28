import {
  KEPT_SNAPSHOTS,
  LATE_AFTER_MS,
  LOG_SEGMENT_BYTES,
  SNAPSHOT_LOG_BYTES,
  SNAPSHOT_REPLAY_MS,
  SNAPSHOT_WORTH,
} from "../../util/limits/shards.ts";

/** The speed at which a snapshot travels to another copy on the same machine. */
const TRANSFER_BYTES_PER_MS = 500_000;
/** The speed at which a snapshot is made: serialized, checksummed, written and fsynced. */
const MAKING_BYTES_PER_MS = 100_000;
/** The log may grow to this share of the size of the snapshot before it. */
const LOG_SHARE = 0.5;
/** The weight of one measurement in the average. */
const SMOOTHING = 0.05;

/** The cost of bringing a copy up to date from the end of its log. */
export interface RecoveryCost {
  /** The records that the copy lacks, and the records after the snapshot. */
  readonly operationsMissing: number;
  readonly operationsAfterSnapshot: number;
  readonly msPerOperation: number;
  readonly snapshotBytes: number;
  readonly loadMs: number;
}

/**
 * Returns whether sending the snapshot is cheaper than sending every record. Applying a vector
 * costs far more than copying it in a snapshot.
 */
export function isSnapshotCheaper(cost: RecoveryCost): boolean {
  const byOperations = cost.operationsMissing * cost.msPerOperation;
  const afterSnapshot = cost.operationsAfterSnapshot * cost.msPerOperation;
  return byOperations > cost.snapshotBytes / TRANSFER_BYTES_PER_MS + cost.loadMs + afterSnapshot;
}

/**
 * Returns whether a snapshot is due, given the records after the last one and its size in
 * `snapshotBytes`.
 */
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
    since.bytes >= dueLogBytes(since.snapshotBytes)
  );
}

/** Returns the size of the log after a snapshot at which the next one is due. */
function dueLogBytes(snapshotBytes: number): number {
  return Math.max(SNAPSHOT_LOG_BYTES, LOG_SHARE * snapshotBytes);
}

/**
 * Returns the size that the log of a copy reaches at most, apart from the writes that arrive while
 * a snapshot is made: the log between the kept snapshots, the log after them, and the segment that
 * the oldest snapshot is in.
 */
export function maxLogBytes(snapshotBytes: number): number {
  return KEPT_SNAPSHOTS * dueLogBytes(snapshotBytes) + LOG_SEGMENT_BYTES;
}

/** Returns the average after one more measurement. The first measurement counts in full. */
export function smoothMs(averageMs: number | null, elapsedMs: number): number {
  return averageMs === null ? elapsedMs : averageMs + SMOOTHING * (elapsedMs - averageMs);
}

/** Returns the slowest recent duration after one more measurement. */
export function fadeMs(slowestMs: number, elapsedMs: number): number {
  return Math.max(elapsedMs, slowestMs * (1 - SMOOTHING));
}

/**
 * Returns how long to wait for a member, given the slowest recent write. If writes are slow on
 * every copy, a slow copy does not count as late.
 */
export function lateAfterMs(slowestMs: number): number {
  return LATE_AFTER_MS + 2 * slowestMs;
}
