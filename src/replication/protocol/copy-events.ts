import type { OperationId, Outcome, Position } from "../../model/log.ts";
import type {
  CopyRecord,
  CopyId,
  LoggedOperation,
  ProcessId,
  SnapshotHead,
  Ticket,
} from "./record.ts";
import type {
  Announcement,
  Damage,
  CopyMessage,
  MembershipAnswer,
  MembershipRequest,
  PrimaryMessage,
} from "./messages.ts";

/**
 * What a copy starts from: the newest counted snapshot that is whole, and the log that was found.
 */
export interface CopyOptions<P = unknown> {
  readonly copyId: CopyId;
  readonly processId: ProcessId;
  /** The position before the first record still held. */
  readonly base: Position;
  /** The records found in the log, from `base` on. */
  readonly records: readonly CopyRecord<P>[];
  /** The counted snapshots, newest first; the executor has been restored from the first of them. */
  readonly snapshots: readonly SnapshotHead[];
  /** The operation-id table of that first snapshot. */
  readonly operations: readonly LoggedOperation[];
  /** The last checkpoint that this copy recorded, 0 if none. */
  readonly checkpoint: number;
}

/**
 * What happens to a copy. The worker hands in one at a time and carries out the returned actions in
 * their order.
 */
export type CopyEvent<P = unknown> =
  /** First of all, once. The copy replays its log, fsyncs it, and then says hello. */
  | { readonly type: "started" }
  /** The supervisor asks for the position, under a new term. */
  | { readonly type: "asked"; readonly term: number }
  | ({ readonly type: "promoted"; readonly inSync: readonly CopyId[] } & Announcement)
  | ({ readonly type: "members" } & Announcement)
  /**
   * The link to a process, asked for by `connect`, stands or is lost. After a loss the worker goes
   * on trying until `disconnect`.
   */
  | { readonly type: "linkOpened"; readonly processId: ProcessId }
  | { readonly type: "linkClosed"; readonly processId: ProcessId }
  | { readonly type: "fromPrimary"; readonly from: ProcessId; readonly message: PrimaryMessage<P> }
  | { readonly type: "fromCopy"; readonly from: ProcessId; readonly message: CopyMessage }
  /** A write arrived. `bytes` is the size that its record will have in the log. */
  | {
      readonly type: "write";
      readonly operationId: OperationId;
      readonly ticket: Ticket;
      readonly bytes: number;
      readonly payload: P;
    }
  | {
      readonly type: "ran";
      readonly operationId: OperationId;
      readonly outcome: Outcome;
      readonly elapsedMs: number;
    }
  /** Everything up to that position is on disk. */
  | { readonly type: "fsynced"; readonly position: Position }
  | {
      readonly type: "applied";
      readonly seq: number;
      readonly outcome: Outcome;
      readonly elapsedMs: number;
    }
  /** The supervisor's answer to a request. */
  | { readonly type: "answered"; readonly answer: MembershipAnswer }
  /** The time of an `expect` is over. */
  | { readonly type: "late"; readonly copyId: CopyId }
  /** The pending snapshot is complete and fsynced in its temp folder. */
  | { readonly type: "snapshotTaken"; readonly snapshot: SnapshotHead }
  | { readonly type: "snapshotFailed"; readonly reason: string }
  /** The rename is on disk; or a snapshot of another copy was fetched, checked and is on disk. */
  | { readonly type: "snapshotCounted"; readonly snapshot: SnapshotHead }
  | { readonly type: "fetchFailed"; readonly reason: string }
  /**
   * The log is reset to the mark and the executor holds the snapshot; nothing of before the restore
   * is reported after this.
   */
  | {
      readonly type: "restored";
      readonly snapshot: SnapshotHead;
      readonly operations: readonly LoggedOperation[];
    }
  | { readonly type: "restoreFailed"; readonly reason: string };

/**
 * What a copy wants done. Nothing is to be done beyond them, nothing is left out, and their order
 * is kept.
 */
export type CopyAction<P = unknown> =
  /** Say hello to the supervisor; the log is replayed and fsynced. */
  | { readonly type: "hello"; readonly position: Position; readonly empty: boolean }
  | {
      readonly type: "answerPosition";
      readonly term: number;
      readonly position: Position;
      readonly damage: Damage;
    }
  /** Open a link to that process and keep it open; or give it up. */
  | { readonly type: "connect"; readonly processId: ProcessId }
  | { readonly type: "disconnect"; readonly processId: ProcessId }
  /**
   * Run the write of that ticket; nothing else is run or applied, and no snapshot taken, until
   * `ran`.
   */
  | { readonly type: "run"; readonly operationId: OperationId; readonly ticket: Ticket }
  /** Append to the log. On a primary the executor holds the records already. */
  | { readonly type: "append"; readonly records: readonly CopyRecord<P>[] }
  /** Fsync what was appended, and say `fsynced`; several may be outstanding and share one fsync. */
  | { readonly type: "sync" }
  /** Apply one record of the log, and say `applied`; one at a time. */
  | { readonly type: "apply"; readonly record: CopyRecord<P> }
  | {
      readonly type: "send";
      readonly to: ProcessId;
      readonly message: PrimaryMessage<P> | CopyMessage;
    }
  /** Answer those requests: the write is on every in-sync copy. */
  | {
      readonly type: "acknowledge";
      readonly operationId: OperationId;
      readonly tickets: readonly Ticket[];
      readonly seq: number;
      readonly outcome: Outcome;
      readonly copies: CopyCounts;
    }
  /** Answer that request: not now; the same id may be sent again. */
  | {
      readonly type: "refuse";
      readonly operationId: OperationId;
      readonly ticket: Ticket;
      readonly reason: RefusalReason;
    }
  | { readonly type: "request"; readonly request: MembershipRequest }
  /**
   * Say `late` after that time unless another `expect` or `expectNothing` for the copy comes first.
   */
  | {
      readonly type: "expect";
      readonly copyId: CopyId;
      readonly processId: ProcessId | null;
      readonly afterMs: number;
    }
  | { readonly type: "expectNothing"; readonly copyId: CopyId }
  /** Keep the checkpoint in its file; lazily, the newest wins. */
  | { readonly type: "recordCheckpoint"; readonly checkpoint: number }
  /**
   * Take a snapshot into a temp folder, with the operation ids of `operationsAt(mark.seq)`; nothing
   * is run or applied meanwhile.
   */
  | { readonly type: "snapshot"; readonly mark: Position }
  /** Rename the pending snapshot to its final name, and say `snapshotCounted`. */
  | { readonly type: "countSnapshot"; readonly mark: Position }
  /** Copy that counted snapshot from the process, as one's own; say `snapshotCounted`. */
  | { readonly type: "fetchSnapshot"; readonly from: ProcessId; readonly mark: Position }
  /** Drop the records below that number, and all but the two newest snapshots. */
  | { readonly type: "trimLog"; readonly below: number }
  /**
   * Discard log and state, fetch the snapshot (`{0, 0}`: start empty), restore it, fsync; say
   * `restored`.
   */
  | { readonly type: "restore"; readonly from: ProcessId; readonly mark: Position }
  /**
   * From now on answer reads, or answer none: binding at once, before any later action is carried
   * out.
   */
  | { readonly type: "rotation"; readonly serving: boolean }
  /** End this process; its memory must not be used further. */
  | { readonly type: "die"; readonly reason: string };

export type RefusalReason = "not-primary" | "restoring";

/**
 * For `_shards` of an answer: copies that should exist, that hold the write, and that were struck
 * while it was under way.
 */
interface CopyCounts {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
}
