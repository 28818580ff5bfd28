import type { Position } from "../../model/shard/log.ts";
import type { CopyRecord, CopyId, Member, ProcessId, SnapshotHead } from "./record.ts";

/**
 * A message of a primary to a copy. It carries the term of the sender, the number of the stream and
 * the global checkpoint. The number grows with each greeting and each restore of that copy. The
 * link keeps the order of the messages.
 */
export type PrimaryMessage<P = unknown> = StreamHeader &
  (
    | { readonly type: "greet"; readonly inSync: boolean }
    /** The records after `previous`. Without records, the message carries the checkpoint only. */
    | {
        readonly type: "append";
        readonly previous: Position;
        readonly records: readonly CopyRecord<P>[];
      }
    /**
     * Discard everything, restore the counted snapshot `mark` of the primary (`{0, 0}`: start
     * empty), and continue as this stream. Sent only to copies outside the in-sync set.
     */
    | { readonly type: "restore"; readonly mark: Position }
    /** The copy is a member of the in-sync set now. */
    | { readonly type: "joined" }
    /** It is the turn of this copy to take a snapshot. */
    | { readonly type: "takeSnapshot" }
  );

interface StreamHeader {
  readonly term: number;
  readonly stream: number;
  readonly checkpoint: number;
}

/** A message of a copy, on the link that the primary opened. */
export type CopyMessage = CopyHeader &
  /**
   * The answer to a greeting. The copy sends it when its whole log is fsynced, and again after a
   * restore.
   */
  (
    | { readonly type: "position"; readonly last: Position; readonly damage: Damage }
    /** Everything up to `seq` is fsynced. It is also applied, unless the copy takes a snapshot. */
    | { readonly type: "answer"; readonly seq: number }
    /**
     * The copy is still working on its answer. The state of the executor holds everything up to
     * `applied`.
     */
    | { readonly type: "progress"; readonly applied: number }
    /** Applying record `seq` had another outcome than on the primary. */
    | { readonly type: "mismatch"; readonly seq: number }
  );

export interface CopyHeader {
  readonly copyId: CopyId;
  readonly processId: ProcessId;
  readonly term: number;
  readonly stream: number;
  /**
   * The newest counted snapshot of this copy. The primary uses this to choose whose turn it is, and
   * to fetch the snapshot.
   */
  readonly snapshot: SnapshotHead | null;
  /**
   * Whether the copy takes a snapshot: from its turn until the snapshot is counted, or has failed.
   */
  readonly snapshotting: boolean;
}

/**
 * Why a copy is not trusted. `lost-tail`: its log ends below a checkpoint that the copy itself
 * recorded. `mismatch`: applying a record had another outcome than its log holds.
 */
export type Damage = "none" | "mismatch" | "lost-tail";

/**
 * A request of a primary to the supervisor. At most one request is outstanding for each copy, and
 * the supervisor answers each.
 */
export interface MembershipRequest {
  readonly kind: "strike" | "add";
  readonly term: number;
  readonly primary: ProcessId;
  readonly copyId: CopyId;
  /**
   * The process that the request concerns. `null` for striking a member without a known process.
   */
  readonly processId: ProcessId | null;
  /** The reason, for users. */
  readonly reason: string;
}

export interface MembershipAnswer {
  readonly request: MembershipRequest;
  readonly granted: boolean;
  /** The reason of a refusal, for users. */
  readonly reason: string;
  /** With a granted strike: the processes of that copy that were killed and whose exit was seen. */
  readonly killed: readonly ProcessId[];
}

/** The live processes of a shard, for its primary. A later `revision` replaces an earlier one. */
export interface Announcement {
  readonly term: number;
  readonly revision: number;
  readonly live: readonly Member[];
  /** The number of replicas that the deployment should have, for the counts in an answer. */
  readonly replicas: number;
  /** The copies that are planned no more: the primary has each member struck. Absent: none. */
  readonly leaving?: readonly CopyId[];
}
