/**
 * The nouns of replication, in addition to those of the log in `model/shard/log.ts`. Plain data
 * throughout: everything here crosses process borders as JSON.
 */
import type { OperationId, Outcome, Position, RecordHead } from "../../model/shard/log.ts";

/**
 * The permanent name of one workspace. The name is random and made with the folder, so an emptied
 * or swapped folder counts as another copy.
 */
export type CopyId = string;

/**
 * The name of one process that holds a copy. After a restart, the copy has a new process with a new
 * name.
 */
export type ProcessId = string;

/**
 * The number of one request that waits for the answer to a write. The worker numbers the requests
 * that it receives.
 */
export type Ticket = number;

/**
 * A record of the log with a handle to its payload. The handle is opaque: the decisions only keep
 * it and return it in actions. So the payload need not be in memory.
 */
export interface CopyRecord<P = unknown> extends RecordHead {
  readonly payload: P;
}

/** An entry of the operation-id table: the write is record `seq`, with that outcome. */
export interface LoggedOperation {
  readonly operationId: OperationId;
  readonly seq: number;
  readonly outcome: Outcome;
}

/**
 * A whole state on disk as of record `seq`. `bytes` is the size to send. `loadMs` is how long the
 * last restore took, 0 if none was measured.
 */
export interface SnapshotHead extends Position {
  readonly bytes: number;
  readonly loadMs: number;
}

/** A process and the copy it holds. */
export interface Member {
  readonly copyId: CopyId;
  readonly processId: ProcessId;
}

/** Orders positions as a promotion does: by term, then by number. Negative if `left` is behind. */
export function comparePositions(left: Position, right: Position): number {
  return left.term - right.term || left.seq - right.seq;
}
