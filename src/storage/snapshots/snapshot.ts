import type { SnapshotChunk } from "../../model/shard/snapshot.ts";
import type { Position } from "../../model/shard/log.ts";

/** A snapshot that counts: what a copy starts from. */
export interface CountedSnapshot {
  readonly mark: Position;
  /** The folder with the executor's files, to read from only. */
  readonly path: string;
  /** The bytes of all its files. */
  readonly bytes: number;
  /** Returns what the worker stored with the snapshot. Throws `DATA_LOSS` when it is damaged. */
  readExtra(): Promise<Uint8Array>;
}

/** A snapshot being taken, or taken and not counted yet. */
export interface PendingSnapshot {
  readonly mark: Position;
  /** The folder that the executor writes its files into. */
  readonly path: string;
  /**
   * Makes all of it durable, `extra` included. It stays pending. Throws `EXECUTOR_FAILED` if the
   * executor left what is neither file nor folder.
   */
  finish(extra: Uint8Array): Promise<void>;
  /** Removes it instead. */
  discard(): Promise<void>;
}

/** A snapshot on its way in. */
export interface ReceivingSnapshot {
  /** Throws `INVALID_ARGUMENT` if a chunk is not the next one, or names a file that may not be. */
  write(chunk: SnapshotChunk): Promise<void>;
  /**
   * Verifies all of it, makes it durable, and counts it. Throws `DATA_LOSS` if it is not whole; it
   * is then discarded.
   */
  finish(): Promise<CountedSnapshot>;
  discard(): Promise<void>;
}
