import { noteApplied, noteRestored } from "./copy/executing.ts";
import { noteAsked, takeMessage, reportSnapshotStage } from "./copy/following.ts";
import { noteSnapshotCounted, noteSnapshotFailed, noteSnapshotTaken } from "./copy/snapshotting.ts";
import { mayWrite } from "./primary/members.ts";
import {
  noteAnnounced,
  noteAnswered,
  noteLate,
  noteLinkClosed,
  noteLinkOpened,
} from "./primary/membership.ts";
import { takeAnswer } from "./primary/streaming.ts";
import { enterWrite, noteRan } from "./primary/writing.ts";
import type { Position } from "../model/shard/log.ts";
import type { CopyAction, CopyEvent, CopyOptions } from "./protocol/copy-events.ts";
import type { LoggedOperation, SnapshotHead } from "./protocol/record.ts";
import { RULES, type Rules } from "./protocol/rules.ts";
import { settle } from "./settle.ts";
import { act, die, makeCopyState, noteFsynced, type CopyState } from "./state/copy-state.ts";
import { makeLeadership, trackCopy, type Leadership } from "./state/leadership.ts";

/**
 * A copy replays its log (`starting`), then follows a primary or waits for one. A promoted copy
 * stays primary until its process ends.
 */
export type CopyRole = "starting" | "following" | "primary";

/**
 * The decisions of one copy of one shard inside one process. The worker passes every event to
 * `handle` and performs the returned actions in their order. The protocol is described in
 * `src/replication/PROTOCOL.md`.
 */
export class Copy<P> {
  readonly #state: CopyState;

  /** Only the simulation sets `rules`. */
  constructor(options: CopyOptions<P>, rules: Rules = RULES) {
    this.#state = makeCopyState(options, rules);
  }

  get role(): CopyRole {
    return this.#state.role.kind;
  }

  get term(): number {
    return this.#state.term;
  }

  /** The position of the last appended record. */
  get position(): Position {
    const { seq, term } = this.#state.log.last;
    return { seq, term };
  }

  /** The local checkpoint: everything up to this number is fsynced here. */
  get localCheckpoint(): number {
    return this.#state.fsynced;
  }

  /** The state of the executor holds everything up to this number. */
  get applied(): number {
    return this.#state.applied;
  }

  /** The global checkpoint, as far as this copy knows it. */
  get checkpoint(): number {
    return this.#state.checkpoint;
  }

  /** Returns whether reads may be answered now. */
  get isServing(): boolean {
    return this.#state.isServing;
  }

  /**
   * Returns whether an arriving write runs immediately, without waiting until the log is applied or
   * members match.
   */
  get isAcceptingWrites(): boolean {
    const { role } = this.#state;
    return role.kind === "primary" && mayWrite(this.#state, role.lead);
  }

  /** Returns whether a snapshot of the primary is replacing the state. */
  get isRestoring(): boolean {
    return this.#state.activity.kind === "restoring";
  }

  /** The counted snapshots, newest first. */
  get snapshots(): readonly SnapshotHead[] {
    return this.#state.snapshots;
  }

  /** The operation-id table up to a sequence number: part of the snapshot of that number. */
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
    if (wasAtSnapshot && !isAtSnapshot(state)) reportSnapshotStage(state);
    // The payload handles in the actions come from the options and events.
    return state.actions as CopyAction<P>[];
  }
}

function isAtSnapshot(state: CopyState): boolean {
  return state.snapshotStage.kind !== "none";
}

type EventOf<Type extends CopyEvent["type"]> = Extract<CopyEvent, { type: Type }>;
type Handlers = {
  readonly [Type in CopyEvent["type"]]: (state: CopyState, event: EventOf<Type>) => void;
};

/**
 * The change that each event makes. `settle` then does everything that the change made possible.
 */
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

/** A handler of an event that concerns a primary only. Any other copy ignores the event. */
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
  const lead = makeLeadership(state.log.last, [
    state.copyId,
    ...state.rules.membersToWaitFor(event.inSync, live),
  ]);
  state.term = event.term;
  state.role = { kind: "primary", lead };
  for (const copyId of lead.inSync) if (copyId !== state.copyId) trackCopy(lead, copyId);
  noteAnnounced(state, lead, event);
}
