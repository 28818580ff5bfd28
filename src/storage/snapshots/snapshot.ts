import type { SnapshotChunk } from "../../model/shard/snapshot.ts";
import type { Position } from "../../model/shard/log.ts";

/** A counted snapshot, from which a copy can start. */
export interface CountedSnapshot {
  readonly mark: Position;
  /** The folder with the executor's files, which must not change. */
  readonly path: string;
  /** The bytes of all its files. */
  readonly bytes: number;
  /** Returns what the worker stored with the snapshot. Throws `DATA_LOSS` when it is damaged. */
  readExtra(): Promise<Uint8Array>;
}

/** A snapshot that is being taken, or is not counted yet. */
export interface PendingSnapshot {
  readonly mark: Position;
  /** The folder that the executor writes its files into. */
  readonly path: string;
  /**
   * Makes the whole snapshot durable, including `extra`. The snapshot stays pending. Throws
   * `EXECUTOR_FAILED` if the executor left what is neither file nor folder.
   */
  finish(extra: Uint8Array): Promise<void>;
  /** Removes the snapshot instead of counting it. */
  discard(): Promise<void>;
}

/** A snapshot that is being received. */
export interface ReceivingSnapshot {
  /** Throws `INVALID_ARGUMENT` if a chunk is not the next one, or names a file that may not be. */
  write(chunk: SnapshotChunk): Promise<void>;
  /**
   * Verifies the whole snapshot, makes it durable, and counts it. Throws `DATA_LOSS` if it is not
   * whole; it is then discarded.
   */
  finish(): Promise<CountedSnapshot>;
  discard(): Promise<void>;
}
