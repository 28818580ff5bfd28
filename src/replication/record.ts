/**
 * The nouns of one shard's log. Plain data throughout: everything here crosses process borders as
 * JSON.
 */

/**
 * Names one workspace for ever: made at random with the folder, so an emptied or swapped folder is
 * another copy.
 */
export type CopyId = string;

/** Names one process that holds a copy, never used again: a restarted copy is another process. */
export type ProcessId = string;

/** Names one write for ever, so that trying it again is safe. */
export type OperationId = string;

/**
 * A request that waits for the answer to a write; the worker makes them up, one for each request it
 * was sent.
 */
export type Ticket = number;

/**
 * A place in a log: a sequence number and the term under which that record was first written.
 * `{seq: 0, term: 0}` is before the first.
 */
export interface Position {
  readonly seq: number;
  readonly term: number;
}

/** Before the first record. */
export const START: Position = { seq: 0, term: 0 };

/**
 * What running a write came to. Two outcomes are the same if their kinds are: a message may hold an
 * address or a time.
 */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "threw"; readonly error: string };

/**
 * A record without its payload, which stays with the worker. `bytes` is the size of the whole
 * record in the log.
 */
export interface RecordHead extends Position {
  readonly operationId: OperationId;
  readonly outcome: Outcome;
  readonly bytes: number;
}

/** An entry of the operation-id table: this write is record `seq`, with that outcome. */
export interface LoggedOperation {
  readonly operationId: OperationId;
  readonly seq: number;
  readonly outcome: Outcome;
}

/**
 * A whole state on disk as of `seq`; `bytes` is what sending it costs, `loadMs` what restoring the
 * last one took (0 if never measured).
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

/** Orders positions as promotion does: by term, then by number. Negative if `left` is behind. */
export function comparePositions(left: Position, right: Position): number {
  return left.term - right.term || left.seq - right.seq;
}
