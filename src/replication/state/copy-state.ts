import type { Position } from "../../model/shard/log.ts";
import type { CopyRecord, CopyId, ProcessId, SnapshotHead } from "../protocol/record.ts";
import type { CopyAction, CopyOptions } from "../protocol/copy-events.ts";
import { fadeMs, smoothMs } from "./costs.ts";
import { CopyLog } from "./copy-log.ts";
import type { EnteredWrite, Leadership } from "./leadership.ts";
import type { Damage } from "../protocol/messages.ts";
import { OperationTable } from "./operation-table.ts";
import type { Rules } from "../protocol/rules.ts";

/** The task of the executor, one at a time. `SnapshotStage` tracks a snapshot in addition to it. */
type Activity =
  | { readonly kind: "idle" }
  | { readonly kind: "applying"; readonly record: CopyRecord }
  | { readonly kind: "running"; readonly write: EnteredWrite }
  | { readonly kind: "restoring" };

/** The stage of the snapshot in progress. */
type SnapshotStage =
  | { readonly kind: "none" }
  | { readonly kind: "wanted" }
  | { readonly kind: "taking" }
  /** Complete in its temporary folder, until the checkpoint reaches its number. */
  | { readonly kind: "pending"; readonly snapshot: SnapshotHead }
  | { readonly kind: "counting" }
  | { readonly kind: "fetching" };

/** The stream that a copy takes records from. */
export interface FollowedStream {
  readonly from: ProcessId;
  readonly term: number;
  stream: number;
  inSync: boolean;
  /** Whether the primary has begun to send: it found the last record of the copy in its own log. */
  isMatched: boolean;
  owesPosition: boolean;
  /** The number last answered on this stream. */
  answered: number;
  /** The last reported number of an applied record, while the copy owes an answer. */
  reportedApplied: number;
  /** The snapshot that the copy has to restore first, by command of the primary. */
  restore: Position | null;
}

type Role =
  | { readonly kind: "starting" }
  | { readonly kind: "following"; stream: FollowedStream | null }
  | { readonly kind: "primary"; readonly lead: Leadership };

/**
 * The whole state of one copy. Functions in this component change it and add to `actions`.
 * `copy.ts` returns the actions.
 */
export interface CopyState {
  readonly rules: Rules;
  readonly copyId: CopyId;
  readonly processId: ProcessId;
  readonly log: CopyLog;
  readonly operations: OperationTable;
  role: Role;
  term: number;
  fsynced: number;
  applied: number;
  checkpoint: number;
  recordedCheckpoint: number;
  damage: Damage;
  activity: Activity;
  snapshotStage: SnapshotStage;
  /** The counted snapshots, newest first. */
  snapshots: readonly SnapshotHead[];
  /** The term under which the supervisor waits for the position. */
  askedTerm: number | null;
  isServing: boolean;
  isDead: boolean;
  msPerOperation: number | null;
  /** The duration of the slowest recent write. It fades with each write after it. */
  slowestMs: number;
  actions: CopyAction[];
}

export function makeCopyState(options: CopyOptions, rules: Rules): CopyState {
  const log = new CopyLog(options.base, options.records);
  const operations = new OperationTable(options.operations);
  for (const record of options.records) operations.enter(record);
  const appliedBySnapshot = options.snapshots[0]?.seq ?? 0;
  return {
    rules,
    copyId: options.copyId,
    processId: options.processId,
    log,
    operations,
    role: { kind: "starting" },
    term: 0,
    fsynced: rules.fsyncedAtStart(log.base.seq, log.last.seq),
    applied: appliedBySnapshot,
    checkpoint: options.checkpoint,
    recordedCheckpoint: options.checkpoint,
    damage: log.last.seq < options.checkpoint ? "lost-tail" : "none",
    activity: { kind: "idle" },
    snapshotStage: { kind: "none" },
    snapshots: options.snapshots,
    askedTerm: null,
    isServing: false,
    isDead: false,
    msPerOperation: null,
    slowestMs: 0,
    actions: [],
  };
}

export function act(state: CopyState, action: CopyAction): void {
  state.actions.push(action);
}

export function die(state: CopyState, reason: string): void {
  act(state, { type: "die", reason });
  state.isDead = true;
}

/**
 * Raises the checkpoint, received from a primary or computed by one. The checkpoint never
 * decreases.
 */
export function raiseCheckpoint(state: CopyState, checkpoint: number): void {
  state.checkpoint = Math.max(state.checkpoint, checkpoint);
}

/** Adds records to the log and asks for their fsync. */
export function appendRecords(state: CopyState, records: readonly CopyRecord[]): void {
  if (records.length === 0) return;
  for (const record of records) {
    state.log.append(record);
    state.operations.enter(record);
  }
  act(state, { type: "append", records });
  act(state, { type: "sync" });
}

/**
 * The log is on disk up to that position. A report about a record that was discarded since is
 * ignored.
 */
export function noteFsynced(state: CopyState, position: Position): void {
  if (state.log.positionAt(position.seq)?.term === position.term)
    state.fsynced = Math.max(state.fsynced, position.seq);
}

export function noteElapsed(state: CopyState, elapsedMs: number): void {
  state.msPerOperation = smoothMs(state.msPerOperation, elapsedMs);
  state.slowestMs = fadeMs(state.slowestMs, elapsedMs);
}
