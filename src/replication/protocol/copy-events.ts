import type { OperationId, Outcome, Position } from "../../model/shard/log.ts";
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

/** The start of a copy: the newest counted snapshot that is whole, and the log that was found. */
export interface CopyOptions<P = unknown> {
  readonly copyId: CopyId;
  readonly processId: ProcessId;
  /** The position before the first record still held. */
  readonly base: Position;
  /** The records found in the log, after `base`. */
  readonly records: readonly CopyRecord<P>[];
  /** The counted snapshots, newest first. The executor is restored from the first one. */
  readonly snapshots: readonly SnapshotHead[];
  /** The operation-id table of that first snapshot. */
  readonly operations: readonly LoggedOperation[];
  /** The last checkpoint that this copy recorded; 0 before the first. */
  readonly checkpoint: number;
}

/**
 * An event of a copy. The worker passes one event at a time and performs the returned actions in
 * their order.
 */
export type CopyEvent<P = unknown> =
  /** The first event, once. The copy replays its log, fsyncs it, and sends hello. */
  | { readonly type: "started" }
  /** The supervisor asks for the position under a new term. */
  | { readonly type: "asked"; readonly term: number }
  | ({ readonly type: "promoted"; readonly inSync: readonly CopyId[] } & Announcement)
  | ({ readonly type: "members" } & Announcement)
  /**
   * The link to a process, opened by `connect`, is open or lost. The worker reopens a lost link
   * until `disconnect`.
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
  /** The answer of the supervisor to a request. */
  | { readonly type: "answered"; readonly answer: MembershipAnswer }
  /** The time of an `expect` has passed. */
  | { readonly type: "late"; readonly copyId: CopyId }
  /** The pending snapshot is complete and fsynced in its temporary folder. */
  | { readonly type: "snapshotTaken"; readonly snapshot: SnapshotHead }
  | { readonly type: "snapshotFailed"; readonly reason: string }
  /** The rename is on disk, or a snapshot of another copy was fetched, checked and is on disk. */
  | { readonly type: "snapshotCounted"; readonly snapshot: SnapshotHead }
  | { readonly type: "fetchFailed"; readonly reason: string }
  /**
   * The log is reset to the mark and the executor holds the snapshot. No event from before the
   * restore follows.
   */
  | {
      readonly type: "restored";
      readonly snapshot: SnapshotHead;
      readonly operations: readonly LoggedOperation[];
    }
  | { readonly type: "restoreFailed"; readonly reason: string };

/** An action of a copy. The worker performs all actions, in their order, and nothing else. */
export type CopyAction<P = unknown> =
  /** Send hello to the supervisor: the log is replayed and fsynced. */
  | { readonly type: "hello"; readonly position: Position; readonly empty: boolean }
  | {
      readonly type: "answerPosition";
      readonly term: number;
      readonly position: Position;
      readonly damage: Damage;
    }
  /** Open a link to that process and keep it open, or close it. */
  | { readonly type: "connect"; readonly processId: ProcessId }
  | { readonly type: "disconnect"; readonly processId: ProcessId }
  /**
   * Run the write of that ticket. Until `ran`, nothing else is run or applied, and no snapshot is
   * taken.
   */
  | { readonly type: "run"; readonly operationId: OperationId; readonly ticket: Ticket }
  /** Append to the log. On a primary the executor holds the records already. */
  | { readonly type: "append"; readonly records: readonly CopyRecord<P>[] }
  /**
   * Fsync the appended records and report `fsynced`. Several `sync` actions may be outstanding and
   * share one fsync.
   */
  | { readonly type: "sync" }
  /** Apply one record of the log and report `applied`. Records are applied one at a time. */
  | { readonly type: "apply"; readonly record: CopyRecord<P> }
  | {
      readonly type: "send";
      readonly to: ProcessId;
      readonly message: PrimaryMessage<P> | CopyMessage;
    }
  /** Answer those requests: every in-sync copy holds the write. */
  | {
      readonly type: "acknowledge";
      readonly operationId: OperationId;
      readonly tickets: readonly Ticket[];
      readonly seq: number;
      readonly outcome: Outcome;
      readonly copies: CopyCounts;
    }
  /** Refuse that request for now. The same operation id may be sent again. */
  | {
      readonly type: "refuse";
      readonly operationId: OperationId;
      readonly ticket: Ticket;
      readonly reason: RefusalReason;
    }
  | { readonly type: "request"; readonly request: MembershipRequest }
  /**
   * Report `late` after that time, unless another `expect` or `expectNothing` for the copy comes
   * first.
   */
  | {
      readonly type: "expect";
      readonly copyId: CopyId;
      readonly processId: ProcessId | null;
      readonly afterMs: number;
    }
  | { readonly type: "expectNothing"; readonly copyId: CopyId }
  /** Write the checkpoint to its file, lazily. The newest one wins. */
  | { readonly type: "recordCheckpoint"; readonly checkpoint: number }
  /**
   * Take a snapshot into a temporary folder, with the operation ids of `operationsAt(mark.seq)`. No
   * write runs or is applied during that time.
   */
  | { readonly type: "snapshot"; readonly mark: Position }
  /** Rename the pending snapshot to its final name and report `snapshotCounted`. */
  | { readonly type: "countSnapshot"; readonly mark: Position }
  /**
   * Fetch that counted snapshot from the process, as a snapshot of this copy, and report
   * `snapshotCounted`.
   */
  | { readonly type: "fetchSnapshot"; readonly from: ProcessId; readonly mark: Position }
  /** Drop the records below that number, and all but the two newest snapshots. */
  | { readonly type: "trimLog"; readonly below: number }
  /**
   * Discard log and state, fetch the snapshot (`{0, 0}`: start empty), restore it, fsync, and
   * report `restored`.
   */
  | { readonly type: "restore"; readonly from: ProcessId; readonly mark: Position }
  /** Answer reads from now on, or refuse them. This takes effect before any later action. */
  | { readonly type: "rotation"; readonly serving: boolean }
  /** End this process, because its memory must not be used further. */
  | { readonly type: "die"; readonly reason: string };

export type RefusalReason = "not-primary" | "restoring";

/**
 * For `_shards` of an answer: the copies that should exist, the copies that hold the write, and the
 * copies struck while the write was under way.
 */
interface CopyCounts {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
}
