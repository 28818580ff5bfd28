import type { SnapshotChunk } from "../../model/snapshot.ts";
import type { Position } from "../../model/log.ts";

/** A snapshot that counts: what a copy starts from. */
export interface CountedSnapshot {
  readonly mark: Position;
  /** The folder with the executor's files, to read from only. */
  readonly path: string;
  /** Of all its files together. */
  readonly bytes: number;
  /** What the worker stored beside the executor's files. Throws `DATA_LOSS` where it is damaged. */
  readExtra(): Promise<Uint8Array>;
}

/** A snapshot being taken, or taken and not counted yet. */
export interface PendingSnapshot {
  readonly mark: Position;
  /** The folder that the executor writes its files into. */
  readonly path: string;
  /**
   * Makes all of it durable, `extra` included. It stays pending. Throws `EXECUTOR_FAILED` where the
   * executor left what is neither file nor folder.
   */
  finish(extra: Uint8Array): Promise<void>;
  /** Removes it instead. */
  discard(): Promise<void>;
}

/** A snapshot on its way in. */
export interface ReceivingSnapshot {
  /**
   * Throws `INVALID_ARGUMENT` where a chunk is not the next one, or names a file that may not be.
   */
  write(chunk: SnapshotChunk): Promise<void>;
  /**
   * Verifies all of it, makes it durable, and counts it. Throws `DATA_LOSS` where it is not whole;
   * it is then discarded.
   */
  finish(): Promise<CountedSnapshot>;
  discard(): Promise<void>;
}

/**
 * The snapshots of one replica. What the file system says is thrown as `UNAVAILABLE`, a full disk
 * as `RESOURCE_EXHAUSTED`.
 */
export interface Snapshots {
  /**
   * Those that count, newest first. One whose manifest cannot be read is reported and left out.
   * Throws `FAILED_PRECONDITION` where a newer jflow wrote one.
   */
  list(): Promise<readonly CountedSnapshot[]>;
  begin(mark: Position): Promise<PendingSnapshot>;
  /**
   * Makes a finished snapshot count (the rename is the mark of rule 22) and removes all but the two
   * newest. Throws `INTERNAL` for an unfinished one.
   */
  count(pending: PendingSnapshot): Promise<CountedSnapshot>;
  /** Whether every file is as it was written; if not, that is reported. */
  verify(snapshot: CountedSnapshot): Promise<boolean>;
  /**
   * Removes one that counts: a damaged one would take the place of one of the two that are kept.
   */
  remove(snapshot: CountedSnapshot): Promise<void>;
  /**
   * For a snapshot that the primary sends. Once it counts, newer ones are removed: they may be of a
   * history that was given up.
   */
  receive(): Promise<ReceivingSnapshot>;
  /**
   * A snapshot's files in portions, for `receive()` on the other side. It is not removed before the
   * iteration ends. Throws `NOT_FOUND` where it is gone already.
   */
  send(snapshot: CountedSnapshot): AsyncIterable<SnapshotChunk>;
  /** Removes every snapshot, the newest first and each durably, and all that are pending. */
  clear(): Promise<void>;
  /** Removes what a crash left: call it before the first snapshot is begun. */
  discardPending(): Promise<void>;
}
