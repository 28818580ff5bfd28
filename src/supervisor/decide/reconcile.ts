import {
  isLive,
  isSettled,
  isStoppedByUser,
  type ReplicaState,
} from "./lifecycle/replica-state.ts";
import { FIRST_RESTART_DELAY_MS, STOP_DRAIN_MS } from "../../util/limits/processes.ts";

/** The phase of the whole flow. */
export type FlowPhase =
  | { readonly name: "running" }
  /** Each deployment drains in turn, the gateway first, in at most `drainMs` each. */
  | { readonly name: "draining"; readonly drainMs: number }
  | { readonly name: "killing" };

/** One replica that should exist. */
export interface PlannedState {
  readonly address: string;
  readonly deployment: string;
  readonly timeoutReadyMs: number;
}

/** One replica that exists. */
export interface RunningState {
  readonly state: ReplicaState;
  /** The replica is a copy of a shard that has no primary now. */
  readonly leaderless: boolean;
}

export type ReplicaAction =
  | { readonly type: "start"; readonly address: string }
  | { readonly type: "drain"; readonly address: string; readonly deadline: number }
  /** `final`: the replica is not started again. */
  | {
      readonly type: "kill";
      readonly address: string;
      readonly reason: string;
      readonly final: boolean;
    }
  /** The flow stops and the replica has no process: it counts as stopped. */
  | { readonly type: "settle"; readonly address: string };

/**
 * The actions to take now, and when to reconcile again without an event. `wakeAt` is in
 * milliseconds of the same clock; null means only after an event.
 */
export interface Reconciliation {
  readonly actions: readonly ReplicaAction[];
  readonly wakeAt: number | null;
}

interface Step {
  readonly action?: ReplicaAction;
  readonly wakeAt?: number;
}

const NOTHING: Step = {};

/** A replica of the plan, and its state. */
type Replica = PlannedState & RunningState;

const ABSENT: RunningState = { state: { name: "pending" }, leaderless: false };

/**
 * Returns the actions that make the running replicas equal to the plan. `plan` is in order: the
 * workers as in the file, the gateway last. `running` is by address.
 */
export function reconcile(
  plan: readonly PlannedState[],
  running: ReadonlyMap<string, RunningState>,
  { phase, now }: { readonly phase: FlowPhase; readonly now: number },
): Reconciliation {
  const replicas = plan.map((planned) => ({
    ...planned,
    ...(running.get(planned.address) ?? ABSENT),
  }));
  const stage = phase.name === "draining" ? lastLiveDeployment(replicas) : null;
  const steps = replicas.map((replica): Step => {
    if (phase.name === "killing") return killNow(replica, "the flow is killed");
    if (phase.name === "draining")
      return drainInTurn(replica, stage, { now, drainMs: phase.drainMs });
    return isStoppedByUser(replica.state) ? takeDown(replica, now) : keepRunning(replica, now);
  });
  const wakes = steps.flatMap((step) => (step.wakeAt === undefined ? [] : [step.wakeAt]));
  return {
    actions: steps.flatMap((step) => (step.action === undefined ? [] : [step.action])),
    wakeAt: wakes.length === 0 ? null : Math.min(...wakes),
  };
}

function keepRunning(replica: Replica, now: number): Step {
  const { address, state } = replica;
  if (state.name === "pending") return { action: { type: "start", address } };
  if (state.name === "backoff") {
    const delayMs = replica.leaderless
      ? Math.min(FIRST_RESTART_DELAY_MS, state.delayMs)
      : state.delayMs;
    const due = state.diedAt + delayMs;
    return due <= now ? { action: { type: "start", address } } : { wakeAt: due };
  }
  if (state.name === "starting") {
    const deadline = state.startedAt + replica.timeoutReadyMs;
    const reason = `not ready within ${replica.timeoutReadyMs / 1000} s (timeout_ready)`;
    return deadline <= now
      ? { action: { type: "kill", address, reason, final: true } }
      : { wakeAt: deadline };
  }
  return state.name === "draining" ? untilDeadline(replica, state.deadline, now) : NOTHING;
}

function takeDown(replica: Replica, now: number): Step {
  return drainNow(replica, { now, drainMs: STOP_DRAIN_MS });
}

function drainInTurn(
  replica: Replica,
  stage: string | null,
  time: { now: number; drainMs: number },
): Step {
  if (isLive(replica.state) && replica.deployment !== stage) return NOTHING;
  return drainNow(replica, time);
}

function drainNow(replica: Replica, { now, drainMs }: { now: number; drainMs: number }): Step {
  const { address, state } = replica;
  if (!isLive(state)) return isSettled(state) ? NOTHING : { action: { type: "settle", address } };
  if (state.name === "stopping") return NOTHING;
  if (state.name === "draining") return untilDeadline(replica, state.deadline, now);
  // A starting process has no requests to finish.
  if (state.name === "starting") return killNow(replica, "stopped during its start");
  return { action: { type: "drain", address, deadline: now + drainMs } };
}

function untilDeadline(replica: Replica, deadline: number, now: number): Step {
  return deadline <= now
    ? killNow(replica, "not finished within the drain time")
    : { wakeAt: deadline };
}

function killNow(replica: Replica, reason: string): Step {
  const { address, state } = replica;
  if (!isLive(state)) return isSettled(state) ? NOTHING : { action: { type: "settle", address } };
  return state.name === "stopping"
    ? NOTHING
    : { action: { type: "kill", address, reason, final: false } };
}

/** Returns the deployment whose turn it is to drain: the last one that still has a process. */
function lastLiveDeployment(replicas: readonly Replica[]): string | null {
  return replicas.findLast((replica) => isLive(replica.state))?.deployment ?? null;
}
