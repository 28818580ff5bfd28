import type { Position } from "../model/log.ts";
import type { CopyAction, CopyEvent, CopyOptions } from "./copy-events.ts";
import { act, die, makeCopyState, noteFsynced, type CopyState } from "./copy/copy-state.ts";
import { noteApplied, noteRestored, startNext } from "./copy/executing.ts";
import {
  mayServeFollowing,
  noteAsked,
  sendOwedAnswers,
  takeMessage,
  tellSnapshotStage,
} from "./copy/following.ts";
import { makeLeadership, mayWrite, trackCopy, type Leadership } from "./primary/leadership.ts";
import {
  noteAnnounced,
  noteAnswered,
  noteLate,
  noteLinkClosed,
  noteLinkOpened,
  requestChanges,
} from "./primary/membership.ts";
import type { LoggedOperation, SnapshotHead } from "./record.ts";
import { RULES, type Rules } from "./rules.ts";
import { giveTurns } from "./primary/snapshot-turns.ts";
import {
  countPending,
  noteSnapshotCounted,
  noteSnapshotFailed,
  noteSnapshotTaken,
} from "./copy/snapshotting.ts";
import { sendStreams, takeAnswer, updateExpectations } from "./primary/streaming.ts";
import {
  acknowledgeReached,
  advanceCheckpoint,
  enterWrite,
  noteRan,
  runNext,
} from "./primary/writing.ts";

/**
 * A copy replays its log (`starting`), then follows a primary or waits for one; one that is
 * promoted stays primary until it dies.
 */
export type CopyRole = "starting" | "following" | "primary";

/**
 * One copy of one shard inside one process: decisions only. The worker hands every event to
 * `handle` and carries out the actions it returns, in their order. The protocol and the reason of
 * each rule are in `rules.ts` and where they are used.
 */
export class Copy<P> {
  readonly #state: CopyState;

  constructor(options: CopyOptions<P>, rules: Rules) {
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

  /**
   * Whether a write that arrives now runs without waiting for the log to be applied or for members
   * to match.
   */
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

  handle(event: CopyEvent<P>): readonly CopyAction<P>[] {
    const state = this.#state;
    if (state.isDead) return [];
    state.actions = [];
    const wasAtSnapshot = isAtSnapshot(state);
    dispatch(state, event.type, event);
    if (!state.isDead) settle(state);
    if (wasAtSnapshot && !isAtSnapshot(state)) tellSnapshotStage(state);
    // The payload handles in the actions are those that came in with options and events.
    return state.actions as CopyAction<P>[];
  }
}

/** Opens a copy on what its workspace holds. `rules` is for the simulation alone. */
export function openCopy<P>(options: CopyOptions<P>, rules: Rules = RULES): Copy<P> {
  return new Copy(options, rules);
}

function isAtSnapshot(state: CopyState): boolean {
  return state.snapshotStage.kind !== "none";
}

type EventOf<Type extends CopyEvent["type"]> = Extract<CopyEvent, { type: Type }>;
type Handlers = {
  readonly [Type in CopyEvent["type"]]: (state: CopyState, event: EventOf<Type>) => void;
};

/** What each event changes. What it makes possible is then done by `settle`. */
const HANDLERS: Handlers = {
  started: (state) => act(state, { type: "sync" }),
  asked: (state, { term }) => noteAsked(state, term),
  promoted: (state, event) => {
    if (state.role.kind === "following" && event.term >= state.term) becomePrimary(state, event);
  },
  fromPrimary: (state, { from, message }) => takeMessage(state, from, message),
  write: (state, event) => {
    const { operationId, ticket } = event;
    if (state.role.kind === "primary") enterWrite(state, state.role.lead, event);
    else act(state, { type: "refuse", operationId, ticket, reason: "not-primary" });
  },
  fsynced: (state, { position }) => {
    if (state.activity.kind !== "restoring") noteFsynced(state, position);
  },
  applied: (state, event) => noteApplied(state, event.seq, event),
  snapshotTaken: (state, { snapshot }) => noteSnapshotTaken(state, snapshot),
  snapshotCounted: (state, { snapshot }) => noteSnapshotCounted(state, snapshot),
  snapshotFailed: (state) => noteSnapshotFailed(state),
  fetchFailed: (state) => noteSnapshotFailed(state),
  restored: (state, { snapshot, operations }) => noteRestored(state, snapshot, operations),
  restoreFailed: (state, { reason }) => die(state, `restoring failed: ${reason}`),
  members: asPrimary((state, lead, event: EventOf<"members">) => noteAnnounced(state, lead, event)),
  linkOpened: asPrimary((state, lead, event: EventOf<"linkOpened">) =>
    noteLinkOpened(state, lead, event.processId),
  ),
  linkClosed: asPrimary((_, lead, event: EventOf<"linkClosed">) =>
    noteLinkClosed(lead, event.processId),
  ),
  fromCopy: asPrimary((state, lead, event: EventOf<"fromCopy">) =>
    takeAnswer(state, lead, event.message),
  ),
  ran: asPrimary((state, lead, event: EventOf<"ran">) => noteRan(state, lead, event)),
  answered: asPrimary((state, lead, event: EventOf<"answered">) =>
    noteAnswered(state, lead, event.answer),
  ),
  late: asPrimary((_, lead, event: EventOf<"late">) => noteLate(lead, event.copyId)),
};

/** A handler of what concerns a primary only; to any other copy it is nothing. */
function asPrimary<Event extends CopyEvent>(
  handle: (state: CopyState, lead: Leadership, event: Event) => void,
): (state: CopyState, event: Event) => void {
  return (state, event) => {
    if (state.role.kind === "primary") handle(state, state.role.lead, event);
  };
}

function dispatch<Type extends CopyEvent["type"]>(
  state: CopyState,
  type: Type,
  event: EventOf<Type>,
): void {
  HANDLERS[type](state, event);
}

function becomePrimary(state: CopyState, event: CopyEvent & { type: "promoted" }): void {
  const live = event.live.map((member) => member.copyId);
  const lead = makeLeadership(state, [
    state.copyId,
    ...state.rules.membersToWaitFor(event.inSync, live),
  ]);
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
  act(state, {
    type: "hello",
    position: { seq: last.seq, term: last.term },
    empty: last.seq === 0,
  });
}

/**
 * What is recorded says what this log must still hold after a crash, so it never exceeds what is
 * fsynced here.
 */
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
