import { applyCommand } from "./master/commands.ts";
import {
  beginWaiting,
  electIfNeeded,
  holdsUnknownData,
  isLed,
  noteAskedExited,
  notePosition,
  noteTermSaved,
} from "./master/election.ts";
import {
  act,
  isInSync,
  kill,
  listNeeded,
  liveProcesses,
  makeAnnouncement,
  makeMasterState,
  type MasterState,
} from "./master/master-state.ts";
import { endLeaving } from "./master/leaving.ts";
import { beginRequest, noteMembershipSaved, noteStruckExited } from "./master/membership-jobs.ts";
import type {
  CopyCondition,
  CopyView,
  MasterAction,
  MasterEvent,
  MasterOptions,
  ShardPhase,
  ShardView,
} from "./protocol/master-events.ts";
import type { ProcessId } from "./protocol/record.ts";
import { RULES, type Rules } from "./protocol/rules.ts";

/**
 * The decisions of the supervisor for one shard: terms, the in-sync set and promotions. The
 * supervisor passes every event to `handle` and performs the returned actions in their order. A
 * shard has at most one job at a time.
 */
export class Master {
  readonly #state: MasterState;

  /** Only the simulation sets `rules`. */
  constructor(options: MasterOptions, rules: Rules = RULES) {
    this.#state = makeMasterState(options, rules);
  }

  get shard(): ShardView {
    const state = this.#state;
    return {
      term: Math.max(state.saved?.term ?? 0, state.primary?.term ?? 0),
      inSync: state.saved?.inSync ?? [],
      primary: state.primary && {
        copyId: state.primary.copyId,
        processId: state.primary.processId,
      },
      phase: phaseOf(state),
      copies: Array.from({ length: state.replicas }, (_, replica) => viewCopy(state, replica)),
      needed: listNeeded(state),
    };
  }

  /** Called once, before any event. */
  start(): readonly MasterAction[] {
    this.#state.actions = [];
    beginWaiting(this.#state);
    return this.#state.actions;
  }

  handle(event: MasterEvent): readonly MasterAction[] {
    const state = this.#state;
    state.actions = [];
    dispatch(state, event.type, event);
    settle(state);
    return state.actions;
  }
}

type EventOf<Type extends MasterEvent["type"]> = Extract<MasterEvent, { type: Type }>;
type Handlers = {
  readonly [Type in MasterEvent["type"]]: (state: MasterState, event: EventOf<Type>) => void;
};

/** The change that each event makes. `settle` then begins the next job. */
const HANDLERS: Handlers = {
  processStarted: (state, { processId, replica }) => noteStarted(state, processId, replica),
  hello: (state, event) => noteHello(state, event),
  exited: (state, { processId, applying }) => noteExited(state, processId, applying),
  positionAnswered: (state, event) => notePosition(state, event.processId, event.term, event),
  requested: (state, { request }) => {
    state.requests.push(request);
  },
  saved: (state, event) => {
    state.saved = event.state;
    noteTermSaved(state, event.state);
    noteMembershipSaved(state);
  },
  waitOver: (state) => {
    state.isWaiting = false;
  },
  foundStopped: (state, { processId }) => {
    const process = state.processes.get(processId);
    if (process) kill(state, process, "it was found stopped and does not answer");
  },
  snapshotCounted: (state, { processId, seq }) => {
    if (processId === state.primary?.processId)
      state.primarySnapshot = Math.max(state.primarySnapshot, seq);
  },
  command: (state, { command }) => applyCommand(state, command),
};

function dispatch<Type extends MasterEvent["type"]>(
  state: MasterState,
  type: Type,
  event: EventOf<Type>,
): void {
  HANDLERS[type](state, event);
}

/**
 * Begins the next job: a request of the primary, or else a promotion. Then announces the live
 * processes to the primary.
 */
function settle(state: MasterState): void {
  while (state.job.kind === "none" && state.requests.length > 0) beginRequest(state);
  if (state.job.kind === "none") electIfNeeded(state);
  if (state.job.kind === "none") endLeaving(state);
  releaseHeld(state);
  const { primary } = state;
  if (!primary || !isLed(state) || !state.isAnnouncementDue) return;
  act(state, { type: "announce", to: primary.processId, ...makeAnnouncement(state, primary.term) });
}

function noteStarted(state: MasterState, processId: ProcessId, replica: number): void {
  if (state.processes.has(processId)) return;
  state.processes.set(processId, {
    processId,
    replica,
    copyId: null,
    isEmpty: true,
    isEnding: false,
  });
}

function noteHello(state: MasterState, hello: MasterEvent & { type: "hello" }): void {
  const { processId, replica, copyId, empty } = hello;
  const process = state.processes.get(processId);
  // The exit of a process may be noticed before its hello is read. Such a hello is dropped.
  if (!process) return;
  process.copyId = copyId;
  process.isEmpty = empty;
  state.copyOfReplica.set(replica, copyId);
  state.isAnnouncementDue = true;
  state.isStuck = false;
}

function noteExited(state: MasterState, processId: ProcessId, applying: number | undefined): void {
  const process = state.processes.get(processId);
  if (!process) return;
  state.processes.delete(processId);
  state.isAnnouncementDue = true;
  if (process.copyId === null) state.failed.add(process.replica);
  noteDiedApplying(state, process.replica, process.isEnding ? undefined : applying);
  const wasLed = state.primary !== null;
  if (state.primary?.processId === processId) state.primary = null;
  noteAskedExited(state, processId);
  noteStruckExited(state);
  const isLastGone =
    wasLed &&
    state.primary === null &&
    !liveProcesses(state).some(({ copyId }) => isInSync(state, copyId));
  if (isLastGone) beginWaiting(state);
}

/**
 * A copy that dies twice while it applies one record would do so forever. It is held until a
 * snapshot beyond that record exists.
 */
function noteDiedApplying(state: MasterState, replica: number, applying: number | undefined): void {
  const before = state.diedApplying.get(replica);
  if (applying === undefined) {
    state.diedApplying.delete(replica);
    return;
  }
  state.diedApplying.set(replica, applying);
  const isPrimary = state.primary?.copyId === state.copyOfReplica.get(replica);
  if (before !== applying || state.primary === null || isPrimary) return;
  state.held.set(replica, applying);
  act(state, { type: "hold", replica, beyond: applying });
}

/** Only a copy that is known to be outside the set may discard its data. */
function releaseHeld(state: MasterState): void {
  for (const [replica, beyond] of state.held) {
    const others = [...state.copyOfReplica]
      .filter(([other]) => other !== replica)
      .map(([, copyId]) => copyId);
    const isOutside = state.saved?.inSync.every((copyId) => others.includes(copyId)) ?? false;
    if (state.primarySnapshot < beyond || !isOutside) continue;
    state.held.delete(replica);
    state.diedApplying.delete(replica);
    act(state, { type: "release", replica });
  }
}

function phaseOf(state: MasterState): ShardPhase {
  if (isLed(state)) return "led";
  if (holdsUnknownData(state)) return "refused";
  if (state.job.kind === "savingTerm" || state.job.kind === "asking") return "electing";
  return state.isWaiting ? "waiting" : "red";
}

function viewCopy(state: MasterState, replica: number): CopyView {
  const process = [...state.processes.values()].findLast(
    (candidate) => candidate.replica === replica,
  );
  const copyId = process?.copyId ?? state.copyOfReplica.get(replica) ?? null;
  return {
    replica,
    copyId,
    processId: process?.processId ?? null,
    inSync: isInSync(state, copyId),
    condition: conditionOf(state, replica, process),
  };
}

function conditionOf(
  state: MasterState,
  replica: number,
  process: { copyId: string | null; isEnding: boolean } | undefined,
): CopyCondition {
  if (process) {
    if (process.isEnding) return "ending";
    return process.copyId === null ? "starting" : "live";
  }
  if (state.held.has(replica)) return "held";
  return state.stopped.has(replica) ? "stopped" : "gone";
}
