import {
  isLive,
  isSettled,
  isStoppedByUser,
  type ReplicaState,
} from "./lifecycle/replica-state.ts";
import { DRAINED_EXIT_MS, FIRST_RESTART_DELAY_MS } from "../../util/limits/processes.ts";

/** The phase of the whole flow. */
export type FlowPhase =
  | { readonly name: "running" }
  /** The gateway drains, then all workers at once, until the deadline. */
  | { readonly name: "draining"; readonly deadline: number }
  | { readonly name: "killing" };

/** One replica that should exist. */
export interface PlannedState {
  readonly address: string;
  readonly isGateway: boolean;
  readonly timeoutReadyMs: number;
  /** A process of another version is replaced. */
  readonly version: string;
  /** A process of another version ends even if no other copy can take over from it. */
  readonly atOnce?: boolean;
}

/** One replica that exists. */
export interface RunningState {
  readonly isGateway: boolean;
  readonly state: ReplicaState;
  /** How long the process may take to finish its requests. */
  readonly drainTimeoutMs: number;
  /** The version of the last process; null before the first. */
  readonly lastVersion: string | null;
  /** The replica is a copy of a shard that has no primary now. */
  readonly leaderless: boolean;
  /** Absent for a replica without state. */
  readonly copy?: RoleInShard;
}

export interface RoleInShard {
  readonly isPrimary: boolean;
  /** Another copy is live and in-sync. */
  readonly hasSuccessor: boolean;
  /** The shard has no other planned copy. */
  readonly isOnly: boolean;
  /** The replica is not planned, but only such replicas hold in-sync copies of the shard. */
  readonly isNeeded: boolean;
}

export type ReplicaAction =
  | { readonly type: "start"; readonly address: string }
  | { readonly type: "drain"; readonly address: string; readonly deadline: number }
  /** End the process and start one of the planned version. */
  | { readonly type: "replace"; readonly address: string; readonly deadline: number }
  /** End the primary at once: another copy takes over. Then start one of the planned version. */
  | { readonly type: "handOver"; readonly address: string }
  /** End the process: the replica is not planned any more. */
  | { readonly type: "remove"; readonly address: string; readonly deadline: number }
  /** The removed replica has no process. */
  | { readonly type: "forget"; readonly address: string }
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
/** A replica that runs, planned or not. */
type Process = RunningState & { readonly address: string };
type Ending = Pick<Process, "address" | "state" | "drainTimeoutMs">;

const ABSENT = {
  state: { name: "pending" },
  lastVersion: null,
  leaderless: false,
  drainTimeoutMs: 0,
} as const;

/**
 * Returns the actions that make the running replicas equal to the plan. `plan` is in order: the
 * workers as in the file, the gateway last. `running` is by address. A start of an address that
 * does not run adds the replica.
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
  const planned = new Set(plan.map(({ address }) => address));
  const unplanned = [...running]
    .filter(([address]) => !planned.has(address))
    .map(([address, state]) => ({ address, ...state }));
  const steps =
    phase.name === "running"
      ? [
          ...unplanned.map((process) => takeOut(process, now)),
          ...replicas.map((replica) => keepRunning(replica, now)),
        ]
      : stop([...unplanned, ...replicas], phase, now);
  const wakes = steps.flatMap((step) => (step.wakeAt === undefined ? [] : [step.wakeAt]));
  return {
    actions: steps.flatMap((step) => (step.action === undefined ? [] : [step.action])),
    wakeAt: wakes.length === 0 ? null : Math.min(...wakes),
  };
}

function stop(
  processes: readonly Process[],
  phase: Exclude<FlowPhase, { name: "running" }>,
  now: number,
): readonly Step[] {
  if (phase.name === "killing")
    return processes.map((process) => killNow(process, "the flow is killed"));
  const gateways = processes.filter(({ isGateway, state }) => isGateway && isLive(state));
  const isTurn = (process: Process): boolean => gateways.length === 0 || gateways.includes(process);
  return processes.map((process) =>
    isLive(process.state) && !isTurn(process) ? NOTHING : drainNow(process, phase.deadline, now),
  );
}

/**
 * The replica is not planned any more. The shard ends a copy when it can do without it, and until
 * then the copy is started again.
 */
function takeOut(process: Process, now: number): Step {
  const { address, state, copy } = process;
  if (copy?.isNeeded === true && isStartable(state)) return startWhenDue(process, state, now);
  if (!isLive(state)) return { action: { type: "forget", address } };
  if (copy !== undefined) return NOTHING;
  return leave(process, "remove", now);
}

function keepRunning(replica: Replica, now: number): Step {
  const { address, state } = replica;
  if (isStoppedByUser(state)) return takeDown(replica, now);
  if (isOutdated(replica)) return replace(replica, now);
  if (isStartable(state)) return startWhenDue(replica, state, now);
  if (state.name === "starting") {
    const deadline = state.startedAt + replica.timeoutReadyMs;
    const reason = `not ready within ${replica.timeoutReadyMs / 1000} s (timeout_ready)`;
    return deadline <= now
      ? { action: { type: "kill", address, reason, final: true } }
      : { wakeAt: deadline };
  }
  return state.name === "draining" ? untilDeadline(replica, state.deadline, now) : NOTHING;
}

type Startable = Extract<ReplicaState, { readonly name: "pending" | "backoff" }>;

function isStartable(state: ReplicaState): state is Startable {
  return state.name === "pending" || state.name === "backoff";
}

function startWhenDue({ address, leaderless }: Process, state: Startable, now: number): Step {
  if (state.name === "pending") return { action: { type: "start", address } };
  const delayMs = leaderless ? Math.min(FIRST_RESTART_DELAY_MS, state.delayMs) : state.delayMs;
  const due = state.diedAt + delayMs;
  return due <= now ? { action: { type: "start", address } } : { wakeAt: due };
}

/**
 * A process that already ends is not replaced, and a copy that its shard holds back is not either.
 */
function isOutdated({ state, version, lastVersion }: Replica): boolean {
  if (state.name === "draining" || state.name === "stopping" || state.name === "held") return false;
  if (state.name === "stopped") return state.by === "plan";
  return lastVersion !== null && lastVersion !== version && state.name !== "pending";
}

function replace(replica: Replica, now: number): Step {
  const { address, copy, atOnce } = replica;
  if (copy?.isPrimary !== true || copy.isOnly || atOnce === true)
    return leave(replica, "replace", now);
  return copy.hasSuccessor ? { action: { type: "handOver", address } } : NOTHING;
}

function leave(process: Ending, type: "replace" | "remove", now: number): Step {
  const { address, state, drainTimeoutMs } = process;
  if (state.name === "draining") return untilDeadline(process, state.deadline, now);
  if (state.name === "stopping") return NOTHING;
  return { action: { type, address, deadline: now + drainTimeoutMs } };
}

function takeDown(replica: Process, now: number): Step {
  return drainNow(replica, now + replica.drainTimeoutMs, now);
}

function drainNow(replica: Process, deadline: number, now: number): Step {
  const { address, state } = replica;
  if (!isLive(state)) return isSettled(state) ? NOTHING : { action: { type: "settle", address } };
  if (state.name === "stopping") return NOTHING;
  if (state.name === "draining")
    return untilDeadline(replica, Math.min(state.deadline, deadline), now);
  // A starting process has no requests to finish.
  if (state.name === "starting") return killNow(replica, "stopped during its start");
  return { action: { type: "drain", address, deadline: Math.max(now, deadline) } };
}

/** A process that cuts its last requests at the deadline has a moment to exit by itself. */
function untilDeadline(replica: Ending, deadline: number, now: number): Step {
  const killAt = deadline + DRAINED_EXIT_MS;
  return killAt <= now
    ? killNow(replica, "not finished within the drain time")
    : { wakeAt: killAt };
}

function killNow(replica: Ending, reason: string): Step {
  const { address, state } = replica;
  if (!isLive(state)) return isSettled(state) ? NOTHING : { action: { type: "settle", address } };
  return state.name === "stopping"
    ? NOTHING
    : { action: { type: "kill", address, reason, final: false } };
}
