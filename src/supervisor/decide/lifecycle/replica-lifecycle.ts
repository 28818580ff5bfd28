import type { EventOf, LifecycleEvent, ReplicaLifecycle } from "./lifecycle-events.ts";
import { onExited } from "./replica-exit.ts";
import {
  isLive,
  isServing,
  isSettled,
  type Afterwards,
  type LiveState,
  type ReplicaState,
} from "./replica-state.ts";

type Transition<Type extends LifecycleEvent["type"]> = (
  lifecycle: ReplicaLifecycle,
  event: EventOf<Type>,
) => ReplicaLifecycle;

const TRANSITIONS: { readonly [Type in LifecycleEvent["type"]]: Transition<Type> } = {
  started: onStarted,
  introduced: onIntroduced,
  heartbeat: (lifecycle, event) => withState(lifecycle, onSign(lifecycle.state, event)),
  silent: (lifecycle, event) => withState(lifecycle, onSign(lifecycle.state, event)),
  startFailed: onStartFailed,
  draining: onDraining,
  killed: onKilled,
  exited: onExited,
  stopRequested: onStopRequested,
  startRequested: onStartRequested,
  replaceRequested: onReplaceRequested,
  removeRequested: onRemoveRequested,
  held: onHeld,
  released: (lifecycle) => (lifecycle.state.name === "held" ? startAfresh(lifecycle) : lifecycle),
  settled: (lifecycle) =>
    isLive(lifecycle.state) ? lifecycle : { ...lifecycle, state: { name: "stopped", by: "flow" } },
};

/**
 * Returns the lifecycle after an event. Returns the same object for an event that does not apply to
 * the state.
 */
export function onLifecycleEvent<Type extends LifecycleEvent["type"]>(
  lifecycle: ReplicaLifecycle,
  event: EventOf<Type>,
): ReplicaLifecycle {
  return TRANSITIONS[event.type](lifecycle, event);
}

function withState(lifecycle: ReplicaLifecycle, state: ReplicaState): ReplicaLifecycle {
  return state === lifecycle.state ? lifecycle : { ...lifecycle, state };
}

function onStarted(
  lifecycle: ReplicaLifecycle,
  { processId, at }: EventOf<"started">,
): ReplicaLifecycle {
  const state = { name: "starting", processId, startedAt: at } as const;
  return { ...lifecycle, startFailure: null, state };
}

/** A copy of a shard has to be in-sync before it is ready. */
function onIntroduced(
  lifecycle: ReplicaLifecycle,
  { at, isStateful }: EventOf<"introduced">,
): ReplicaLifecycle {
  const { state } = lifecycle;
  if (state.name !== "starting") return lifecycle;
  const name = isStateful ? "recovering" : "ready";
  return {
    ...lifecycle,
    failedStarts: 0,
    hasServed: true,
    state: { ...processOf(state), name, servingSince: at },
  };
}

/** The fields of every live state. */
function processOf({ processId, startedAt, afterwards }: LiveState): {
  processId: string;
  startedAt: number;
  afterwards?: Afterwards;
} {
  return { processId, startedAt, ...(afterwards === undefined ? {} : { afterwards }) };
}

function onSign(
  state: ReplicaState,
  event: EventOf<"heartbeat"> | EventOf<"silent">,
): ReplicaState {
  if (!isServing(state)) return state;
  const serving = { ...processOf(state), servingSince: state.servingSince };
  if (event.type === "silent")
    return state.name === "unhealthy"
      ? state
      : { ...serving, name: "unhealthy", reason: event.reason };
  const name = event.isReadable ? "ready" : "recovering";
  return name === state.name ? state : { ...serving, name };
}

/**
 * A missing file or a taken port does not change within seconds, so the replica fails at once. A
 * replica that was ready before is started again, because clients rely on the flow.
 */
function onStartFailed(
  lifecycle: ReplicaLifecycle,
  { message, isLasting }: EventOf<"startFailed">,
): ReplicaLifecycle {
  const isFinal = isLasting && !lifecycle.hasServed;
  const state = isFinal
    ? withAfterwards(lifecycle.state, { is: "failed", reason: message })
    : lifecycle.state;
  return { ...lifecycle, state, startFailure: message };
}

function onDraining(
  lifecycle: ReplicaLifecycle,
  { deadline }: EventOf<"draining">,
): ReplicaLifecycle {
  const { state } = lifecycle;
  if (!isLive(state)) return lifecycle;
  return { ...lifecycle, state: { ...processOf(state), name: "draining", deadline } };
}

function onKilled(
  lifecycle: ReplicaLifecycle,
  { reason, final }: EventOf<"killed">,
): ReplicaLifecycle {
  const { state } = lifecycle;
  if (!isLive(state)) return lifecycle;
  const killed: ReplicaState =
    state.name === "stopping"
      ? state
      : {
          ...processOf(state),
          name: "stopping",
          reason,
          servingSince: isServing(state) ? state.servingSince : null,
        };
  if (!final) return withState(lifecycle, killed);
  return {
    ...lifecycle,
    startFailure: reason,
    state: withAfterwards(killed, { is: "failed", reason }),
  };
}

/** The first that applies wins: the plan, a request of the user, the shard, a failure. */
const STRENGTH: Readonly<Record<Afterwards["is"], number>> = {
  removed: 4,
  stopped: 3,
  held: 2,
  failed: 1,
  replaced: 0,
};

function withAfterwards(state: ReplicaState, afterwards: Afterwards): ReplicaState {
  if (!isLive(state)) return state;
  const isWeaker =
    state.afterwards !== undefined && STRENGTH[afterwards.is] < STRENGTH[state.afterwards.is];
  return isWeaker ? state : { ...state, afterwards };
}

function onStopRequested(lifecycle: ReplicaLifecycle): ReplicaLifecycle {
  const { state } = lifecycle;
  if (!isLive(state)) return { ...lifecycle, state: { name: "stopped", by: "user" } };
  return withState(lifecycle, withAfterwards(state, { is: "stopped" }));
}

function onStartRequested(lifecycle: ReplicaLifecycle): ReplicaLifecycle {
  const { state } = lifecycle;
  return isLive(state) ? withState(lifecycle, toGoOn(state)) : startAfresh(lifecycle);
}

function onReplaceRequested(lifecycle: ReplicaLifecycle): ReplicaLifecycle {
  const { state } = lifecycle;
  if (isLive(state)) return withState(lifecycle, withAfterwards(state, { is: "replaced" }));
  return state.name === "backoff"
    ? startAfresh({ ...lifecycle, state: { name: "stopped", by: "plan" } })
    : startAfresh(lifecycle);
}

function onRemoveRequested(lifecycle: ReplicaLifecycle): ReplicaLifecycle {
  const { state } = lifecycle;
  if (!isLive(state)) return { ...lifecycle, state: { name: "stopped", by: "plan" } };
  return withState(lifecycle, withAfterwards(state, { is: "removed" }));
}

function onHeld(lifecycle: ReplicaLifecycle, { reason }: EventOf<"held">): ReplicaLifecycle {
  const { state } = lifecycle;
  if (!isLive(state)) return { ...lifecycle, state: { name: "held", reason } };
  return withState(lifecycle, withAfterwards(state, { is: "held", reason }));
}

/** A process that the user or the shard wanted stopped is started again after its exit. */
function toGoOn(state: LiveState): ReplicaState {
  if (state.afterwards === undefined || state.afterwards.is === "failed") return state;
  const { afterwards: _, ...rest } = state;
  return rest;
}

/** Forgets the failures, but not the restarts. */
function startAfresh(lifecycle: ReplicaLifecycle): ReplicaLifecycle {
  if (!isSettled(lifecycle.state)) return lifecycle;
  return { ...lifecycle, state: { name: "pending" }, failedStarts: 0, delayMs: 0 };
}
