import { assertNever } from "../util/unreachable.ts";
import type { CopyAction, CopyEvent, CopyOptions } from "./copy-events.ts";
import { act, die, makeCopyState, noteFsynced, type CopyState } from "./copy/copy-state.ts";
import { noteApplied, noteRestored, startNext } from "./copy/executing.ts";
import { mayServeFollowing, noteAsked, sendOwedAnswers, takeMessage, tellSnapshotStage } from "./copy/following.ts";
import { makeLeadership, mayWrite, trackCopy, type Leadership } from "./primary/leadership.ts";
import {
  noteAnnounced,
  noteAnswered,
  noteLate,
  noteLinkClosed,
  noteLinkOpened,
  requestChanges,
} from "./primary/membership.ts";
import type { LoggedOperation, Position, SnapshotHead } from "./record.ts";
import { RULES, type Rules } from "./rules.ts";
import { giveTurns } from "./primary/snapshot-turns.ts";
import { countPending, noteSnapshotCounted, noteSnapshotFailed, noteSnapshotTaken } from "./copy/snapshotting.ts";
import { sendStreams, takeAnswer, updateExpectations } from "./primary/streaming.ts";
import { acknowledgeReached, advanceCheckpoint, enterWrite, noteRan, runNext } from "./primary/writing.ts";

/** A copy replays its log (`starting`), then follows a primary or waits for one; one that is promoted stays primary until it dies. */
export type CopyRole = "starting" | "following" | "primary";

/**
 * One copy of one shard inside one process: decisions only. The worker hands every event to `handle` and carries out the actions it returns,
 * in their order. The protocol and the reason of each rule are in `rules.ts` and where they are used.
 */
export class Copy {
  readonly #state: CopyState;

  constructor(options: CopyOptions, rules: Rules) {
    this.#state = makeCopyState(options, rules);
  }

  get role(): CopyRole {
    return this.#state.role.kind;
  }

  get term(): number {
    return this.#state.term;
  }

  /** Of the last record appended. */
  get position(): Position {
    const { seq, term } = this.#state.log.last;
    return { seq, term };
  }

  /** Everything up to here is fsynced here: the local checkpoint. */
  get localCheckpoint(): number {
    return this.#state.fsynced;
  }

  /** Everything up to here is in the executor's state. */
  get applied(): number {
    return this.#state.applied;
  }

  /** The global checkpoint as far as it is known here. */
  get checkpoint(): number {
    return this.#state.checkpoint;
  }

  /** Whether reads may be answered now. */
  get isServing(): boolean {
    return this.#state.isServing;
  }

  /** Whether a write that arrives now runs without waiting for the log to be applied or for members to match. */
  get isAcceptingWrites(): boolean {
    const { role } = this.#state;
    return role.kind === "primary" && mayWrite(this.#state, role.lead);
  }

  /** Whether the state is being replaced by a snapshot of the primary. */
  get isRestoring(): boolean {
    return this.#state.activity.kind === "restoring";
  }

  /** The counted snapshots, newest first. */
  get snapshots(): readonly SnapshotHead[] {
    return this.#state.snapshots;
  }

  /** The operation-id table as of a sequence number: part of the snapshot of that number. */
  operationsAt(seq: number): readonly LoggedOperation[] {
    return this.#state.operations.upTo(seq);
  }

  handle(event: CopyEvent): readonly CopyAction[] {
    const state = this.#state;
    if (state.isDead) return [];
    state.actions = [];
    const wasAtSnapshot = isAtSnapshot(state);
    dispatch(state, event);
    if (!state.isDead) settle(state);
    if (wasAtSnapshot && !isAtSnapshot(state)) tellSnapshotStage(state);
    return state.actions;
  }
}

/** Opens a copy on what its workspace holds. `rules` is for the simulation alone. */
export function openCopy(options: CopyOptions, rules: Rules = RULES): Copy {
  return new Copy(options, rules);
}

function isAtSnapshot(state: CopyState): boolean {
  return state.snapshotStage.kind !== "none";
}

function dispatch(state: CopyState, event: CopyEvent): void {
  switch (event.type) {
    case "started":
      act(state, { type: "sync" });
      break;
    case "asked":
      noteAsked(state, event.term);
      break;
    case "promoted":
      if (state.role.kind === "following" && event.term >= state.term) becomePrimary(state, event);
      break;
    case "fromPrimary":
      takeMessage(state, event.from, event.message);
      break;
    case "write":
      if (state.role.kind === "primary") enterWrite(state, state.role.lead, event);
      else act(state, { type: "refuse", operationId: event.operationId, ticket: event.ticket, reason: "not-primary" });
      break;
    case "fsynced":
      if (state.activity.kind !== "restoring") noteFsynced(state, event.position);
      break;
    case "applied":
      noteApplied(state, event.seq, event);
      break;
    case "snapshotTaken":
      noteSnapshotTaken(state, event.snapshot);
      break;
    case "snapshotCounted":
      noteSnapshotCounted(state, event.snapshot);
      break;
    case "snapshotFailed":
    case "fetchFailed":
      noteSnapshotFailed(state);
      break;
    case "restored":
      noteRestored(state, event.snapshot, event.operations);
      break;
    case "restoreFailed":
      die(state, `restoring failed: ${event.reason}`);
      break;
    default:
      if (state.role.kind === "primary") dispatchToPrimary(state, state.role.lead, event);
  }
}

type PrimaryEvent = CopyEvent & {
  type: "members" | "linkOpened" | "linkClosed" | "fromCopy" | "ran" | "answered" | "late";
};

function dispatchToPrimary(state: CopyState, lead: Leadership, event: PrimaryEvent): void {
  switch (event.type) {
    case "members":
      noteAnnounced(state, lead, event);
      break;
    case "linkOpened":
      noteLinkOpened(state, lead, event.processId);
      break;
    case "linkClosed":
      noteLinkClosed(lead, event.processId);
      break;
    case "fromCopy":
      takeAnswer(state, lead, event.message);
      break;
    case "ran":
      noteRan(state, lead, event);
      break;
    case "answered":
      noteAnswered(state, lead, event.answer);
      break;
    case "late":
      noteLate(lead, event.copyId);
      break;
    default:
      assertNever(event);
  }
}

function becomePrimary(state: CopyState, event: CopyEvent & { type: "promoted" }): void {
  const live = event.live.map((member) => member.copyId);
  const lead = makeLeadership(state, [state.copyId, ...state.rules.membersToWaitFor(event.inSync, live)]);
  state.term = event.term;
  state.role = { kind: "primary", lead };
  for (const copyId of lead.inSync) if (copyId !== state.copyId) trackCopy(lead, copyId);
  noteAnnounced(state, lead, event);
}

/** Does everything that has become possible. */
function settle(state: CopyState): void {
  if (state.role.kind === "primary") settlePrimary(state, state.role.lead);
  else startNext(state);
  if (state.role.kind === "starting") sayHello(state);
  // A copy that leaves the rotation does so before it answers for records that it has not applied.
  updateRotation(state);
  sendOwedAnswers(state);
  countPending(state);
  recordCheckpoint(state);
}

function settlePrimary(state: CopyState, lead: Leadership): void {
  advanceCheckpoint(state, lead);
  acknowledgeReached(state, lead);
  requestChanges(state, lead);
  sendStreams(state, lead);
  giveTurns(state, lead);
  updateExpectations(state, lead);
  runNext(state, lead);
  startNext(state);
}

/** A copy whose log is replayed and fsynced is ready to be asked, greeted or promoted. */
function sayHello(state: CopyState): void {
  const { last } = state.log;
  if (state.fsynced < last.seq || state.applied < last.seq) return;
  state.role = { kind: "following", stream: null };
  act(state, { type: "hello", position: { seq: last.seq, term: last.term }, empty: last.seq === 0 });
}

/** What is recorded says what this log must still hold after a crash, so it never exceeds what is fsynced here. */
function recordCheckpoint(state: CopyState): void {
  const checkpoint = Math.min(state.checkpoint, state.fsynced);
  if (checkpoint <= state.recordedCheckpoint) return;
  state.recordedCheckpoint = checkpoint;
  act(state, { type: "recordCheckpoint", checkpoint });
}

function updateRotation(state: CopyState): void {
  const { role } = state;
  const isServing =
    role.kind === "primary"
      ? state.applied >= state.checkpoint
      : role.kind === "following" && mayServeFollowing(state, role.stream);
  if (isServing === state.isServing) return;
  state.isServing = isServing;
  act(state, { type: "rotation", serving: isServing });
}
