/** The nouns of one shard's log: plain data that crosses process borders as JSON. */

/** Names one write forever, so that trying it again is safe. */
export type OperationId = string;

/**
 * A place in a log: a sequence number and the term under which that record was first written.
 * `{seq: 0, term: 0}` is before the first record.
 */
export interface Position {
  readonly seq: number;
  readonly term: number;
}

/** Before the first record. */
export const START: Position = { seq: 0, term: 0 };

/**
 * The result of running a write. Two outcomes are the same if their kinds are: a message may hold
 * an address or a time.
 */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "threw"; readonly error: string };

/** A record without its payload. `bytes` is the size of the whole record in the log. */
export interface RecordHead extends Position {
  readonly operationId: OperationId;
  readonly outcome: Outcome;
  readonly bytes: number;
}
