import type { OperationId, Outcome, Position, RecordHead } from "../../model/shard/log.ts";
import { JflowError } from "../../util/errors.ts";

/** One write of a shard. Invariant: `payload` does not change after the record was appended. */
export interface LogRecord extends Position {
  readonly operationId: OperationId;
  readonly outcome: Outcome;
  readonly payload: Uint8Array;
}

/**
 * The write-ahead log of one replica. A failed write or sync is final: every later call throws or
 * rejects with that first error, and the process must end, because memory may then be ahead of the
 * disk. A sync is never tried again: the kernel may have dropped the pages.
 */
export interface Log {
  /** The lowest sequence number that the log holds. If the log is empty, the next number. */
  readonly first: number;
  /**
   * The last appended record, on disk or not. Trimming does not change it, and a reset sets it to
   * its base. `{0, 0}` in a new log.
   */
  readonly last: Position;
  /** The size on disk of the records in the log, in bytes. */
  readonly bytes: number;
  /**
   * Puts records into the write queue, in order. The next `sync()` or `close()` writes the whole
   * queue. Throws `INTERNAL` if a record does not follow the last one: the next number, a term not
   * below.
   */
  append(records: readonly LogRecord[]): void;
  /**
   * Resolves when all that was appended before this call is durable, with the position up to which
   * the log now is.
   */
  sync(): Promise<Position>;
  /**
   * Returns the records `from` to `to`, both included, as far as the log holds them and they fit
   * into `maxBytes` (of `RecordHead.bytes`). The first one is returned even if it alone is larger.
   * Records not yet on disk are given too. Throws `NOT_FOUND` if `from` was trimmed, `DATA_LOSS` if
   * a record on disk is damaged.
   */
  read(from: number, to: number, maxBytes: number): Promise<LogRecord[]>;
  /** Returns the heads of all records in the log, in order. */
  heads(): readonly RecordHead[];
  /** Drops the segments that hold only records below `below`. Records below `below` may remain. */
  trim(below: number): Promise<void>;
  /**
   * Discards everything, so that the next record is `base.seq + 1`: for a copy that restores a
   * snapshot. After a crash, the log is either the whole old log or empty.
   */
  reset(base: Position): Promise<void>;
  /** Makes all appended records durable and closes the files. A second call has no effect. */
  close(): Promise<void>;
}

/** Why `next` may not follow `last` in a log, or undefined if it may. */
export function whyNotNext(last: Position, next: Position): string | undefined {
  if (next.seq !== last.seq + 1) return `record ${next.seq} does not follow ${last.seq}`;
  return next.term < last.term
    ? `term ${next.term} of record ${next.seq} is below ${last.term} of the one before`
    : undefined;
}

/**
 * Returns the position of the last of `records`, which must follow `last`. Throws `INTERNAL` if
 * they do not.
 */
export function positionAfter(last: Position, records: readonly LogRecord[]): Position {
  return records.reduce<Position>((before, record) => {
    const reason = whyNotNext(before, record);
    if (reason !== undefined)
      throw new JflowError("INTERNAL", `the log cannot take a record: ${reason}`);
    return { seq: record.seq, term: record.term };
  }, last);
}

/** Throws `NOT_FOUND` if record `from` was trimmed off a log that starts at `first`. */
export function assertHeld(from: number, first: number): void {
  if (from < first)
    throw new JflowError(
      "NOT_FOUND",
      `record ${from} is no longer in the log, which starts at ${first}`,
    );
}

/** Returns the head of a record, given the size of the record in its log. */
export function headOf(record: LogRecord, bytes: number): RecordHead {
  const { seq, term, operationId, outcome } = record;
  return { seq, term, operationId, outcome, bytes };
}
