import type { CopyAction, CopyEvent, CopyOptions } from "./copy-events.ts";
import type { LoggedOperation, Position, SnapshotHead } from "./record.ts";
import type { Rules } from "./rules.ts";

/** `following` is taken by a stream or waits for one; a copy that is promoted stays primary until it dies. */
export type CopyRole = "starting" | "following" | "restoring" | "primary";

/** One copy of one shard inside one process: decisions only. */
export interface Copy {
  readonly role: CopyRole;
  readonly term: number;
  /** Of the last record appended. */
  readonly position: Position;
  /** Everything up to here is fsynced here: the local checkpoint. */
  readonly localCheckpoint: number;
  /** Everything up to here is in the state. */
  readonly applied: number;
  /** The global checkpoint as far as it is known here. */
  readonly checkpoint: number;
  /** Whether reads may be answered now. */
  readonly isServing: boolean;
  /** Whether a write that arrives now runs without waiting for members to match. */
  readonly isAcceptingWrites: boolean;
  readonly snapshots: readonly SnapshotHead[];
  /** The operation-id table as of a sequence number, for a snapshot. */
  operationsAt(seq: number): readonly LoggedOperation[];
  handle(event: CopyEvent): readonly CopyAction[];
}

export declare function openCopy(options: CopyOptions, rules?: Rules): Copy;
