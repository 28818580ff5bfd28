import type { Position } from "../../model/log.ts";
import type { CopyRecord, CopyId, Member, ProcessId, SnapshotHead } from "./record.ts";

/**
 * What a primary sends to a copy. Every message carries the sender's term, the number of the stream
 * (one more with each greeting and each restore of that copy) and the global checkpoint; the link
 * that carries it keeps the order.
 */
export type PrimaryMessage<P = unknown> = StreamHeader &
  (
    | { readonly type: "greet"; readonly inSync: boolean }
    /**
     * The records after `previous`. Without records the message only carries the checkpoint.
     */
    | {
        readonly type: "append";
        readonly previous: Position;
        readonly records: readonly CopyRecord<P>[];
      }
    /**
     * Discard everything and restore the primary's counted snapshot `mark` (`{0, 0}`: start empty),
     * and go on as this stream. Only to copies outside the set.
     */
    | { readonly type: "restore"; readonly mark: Position }
    /** The copy is in the in-sync set now. */
    | { readonly type: "joined" }
    /** It is this copy's turn to take a snapshot. */
    | { readonly type: "takeSnapshot" }
  );

interface StreamHeader {
  readonly term: number;
  readonly stream: number;
  readonly checkpoint: number;
}

/** What a copy sends back on the link that the primary opened. */
export type CopyMessage = CopyHeader &
  /** The answer to a greeting, sent when the whole log is fsynced, and again after a restore. */
  (
    | { readonly type: "position"; readonly last: Position; readonly damage: Damage }
    /** Everything up to `seq` is fsynced and, unless the copy is at a snapshot, applied. */
    | { readonly type: "answer"; readonly seq: number }
    /**
     * It owes an answer and is on its way to it: everything up to `applied` is in the executor's
     * state.
     */
    | { readonly type: "progress"; readonly applied: number }
    /** Applying `seq` came to another outcome than the primary's. */
    | { readonly type: "mismatch"; readonly seq: number }
  );

export interface CopyHeader {
  readonly copyId: CopyId;
  readonly processId: ProcessId;
  readonly term: number;
  readonly stream: number;
  /** The newest counted snapshot of this copy, for the turns and for the primary to take over. */
  readonly snapshot: SnapshotHead | null;
  /** Whether it is at a snapshot: from its turn until that snapshot is counted, or failed. */
  readonly snapshotting: boolean;
}

/**
 * Why a copy should not be trusted as it stands. `lost-tail`: its log ends below a checkpoint that
 * it recorded itself; `mismatch`: applying a record came to another outcome than the one logged.
 */
export type Damage = "none" | "mismatch" | "lost-tail";

/**
 * What a primary asks of the supervisor. At most one is outstanding for each copy, and each is
 * answered.
 */
export interface MembershipRequest {
  readonly kind: "strike" | "add";
  readonly term: number;
  readonly primary: ProcessId;
  readonly copyId: CopyId;
  /**
   * The process the request is about. `null` for striking a member of which no process is known.
   */
  readonly processId: ProcessId | null;
  /** For people: why. */
  readonly reason: string;
}

export interface MembershipAnswer {
  readonly request: MembershipRequest;
  readonly granted: boolean;
  /** For people: why it was refused. */
  readonly reason: string;
  /** With a granted strike: the processes of that copy that were killed and whose exit was seen. */
  readonly killed: readonly ProcessId[];
}

/**
 * Tells a primary which processes of its shard live. A later `revision` replaces an earlier one.
 */
export interface Announcement {
  readonly term: number;
  readonly revision: number;
  readonly live: readonly Member[];
  /** How many replicas the deployment should have, for the counts in an answer. */
  readonly replicas: number;
}
