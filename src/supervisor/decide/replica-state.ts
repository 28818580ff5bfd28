import type { ReplicaStateName } from "../../model/replica.ts";
import { isYoungDeath, nextDelay } from "./restart-delay.ts";

/** What exists while a replica has a process. */
interface WithProcess {
  readonly processId: string;
  /** When the process was started, in milliseconds of the supervisor's clock. */
  readonly startedAt: number;
}

/** What exists once the process has said hello. */
interface Serving extends WithProcess {
  readonly servingSince: number;
}

/**
 * Where one replica stands; each state holds what exists in it and nothing else.
 *
 *     pending -> starting -> recovering -> ready <-> unhealthy        (a replica without state skips `recovering`)
 *                   |            any of these -> draining -> stopped
 *                   |            any of these -> stopping (SIGKILL sent) -> backoff | stopped
 *     an exit -> backoff -> starting      three starts in a row that came to nothing -> failed
 */
export type ReplicaState =
  | { readonly name: "pending" }
  | ({ readonly name: "starting" } & WithProcess)
  | ({ readonly name: "recovering" } & Serving)
  | ({ readonly name: "ready" } & Serving)
  | ({ readonly name: "unhealthy"; readonly reason: string } & Serving)
  | ({ readonly name: "draining"; readonly deadline: number } & WithProcess)
  | ({
      readonly name: "stopping";
      readonly reason: string;
      readonly servingSince: number | null;
    } & WithProcess)
  | { readonly name: "backoff"; readonly diedAt: number; readonly delayMs: number }
  | { readonly name: "failed"; readonly reason: string }
  | { readonly name: "stopped" };

export type LiveState = Extract<ReplicaState, WithProcess>;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A replica's past, as far as it decides its future. */
export interface Life {
  readonly state: ReplicaState;
  /** Deaths after which it was, or will be, started again. */
  readonly restarts: number;
  /** Starts in a row that came to nothing, before the first that served. */
  readonly failedStarts: number;
  readonly hasServed: boolean;
  /** The wait before its last restart; 0 where the next is the first of a row. */
  readonly delayMs: number;
}

export const NEW_LIFE: Life = {
  state: { name: "pending" },
  restarts: 0,
  failedStarts: 0,
  hasServed: false,
  delayMs: 0,
};

/** So many starts in a row that came to nothing are final. */
export const MAX_FAILED_STARTS = 3;

/** What decides how an exit is taken. */
export interface ExitContext {
  readonly at: number;
  /** It should not run (any more): `down`, or `jflow stop`. */
  readonly unwanted: boolean;
  /** A copy of a shard that has no primary: it restarts without growing delay. */
  readonly leaderless: boolean;
  /** How often it may die after it served; absent: without end. */
  readonly maxRestarts?: number;
  /** Set where starting again is pointless, with the reason: its time to become ready is over. */
  readonly final?: string;
}

/** Whether the replica has a process. */
export function isLive(state: ReplicaState): state is LiveState {
  return "processId" in state;
}

/** Whether the process has said hello and takes requests (or will, once its copy is in-sync). */
export function isServing(state: ReplicaState): state is Extract<ReplicaState, Serving> {
  return state.name === "recovering" || state.name === "ready" || state.name === "unhealthy";
}

/** Whether nothing more will happen to the replica by itself. */
export function isSettled(state: ReplicaState): boolean {
  return state.name === "failed" || state.name === "stopped";
}

export function onStarted(life: Life, processId: string, at: number): Life {
  return { ...life, state: { name: "starting", processId, startedAt: at } };
}

/** Hello: a replica with state has to be in-sync before it is ready. */
export function onHello(life: Life, at: number, stateful: boolean): Life {
  if (life.state.name !== "starting") return life;
  const { processId, startedAt } = life.state;
  const name = stateful ? "recovering" : "ready";
  return {
    ...life,
    failedStarts: 0,
    hasServed: true,
    state: { name, processId, startedAt, servingSince: at },
  };
}

/** A copy entered or left the read rotation. */
export function onReadable(life: Life, readable: boolean): Life {
  const { state } = life;
  if (state.name === "recovering" && readable)
    return { ...life, state: { ...state, name: "ready" } };
  if (state.name === "ready" && !readable)
    return { ...life, state: { ...state, name: "recovering" } };
  return life;
}

/** It stopped answering, for that reason. */
export function onSilent(life: Life, reason: string): Life {
  const { state } = life;
  if (state.name !== "recovering" && state.name !== "ready") return life;
  const { processId, startedAt, servingSince } = state;
  return { ...life, state: { name: "unhealthy", processId, startedAt, servingSince, reason } };
}

/** It answers again; `readable` as for `onReadable`. */
export function onHeard(life: Life, readable: boolean): Life {
  const { state } = life;
  if (state.name !== "unhealthy") return life;
  const { processId, startedAt, servingSince } = state;
  return {
    ...life,
    state: { name: readable ? "ready" : "recovering", processId, startedAt, servingSince },
  };
}

/** It was told to finish and leave. */
export function onDraining(life: Life, deadline: number): Life {
  const { state } = life;
  if (!isLive(state)) return life;
  return {
    ...life,
    state: { name: "draining", processId: state.processId, startedAt: state.startedAt, deadline },
  };
}

/** SIGKILL was sent. */
export function onKilled(life: Life, reason: string): Life {
  const { state } = life;
  if (!isLive(state) || state.name === "stopping") return life;
  const servingSince = isServing(state) ? state.servingSince : null;
  return {
    ...life,
    state: {
      name: "stopping",
      processId: state.processId,
      startedAt: state.startedAt,
      reason,
      servingSince,
    },
  };
}

/** It is not wanted and has no process. */
export function onSettled(life: Life): Life {
  return isLive(life.state) ? life : { ...life, state: { name: "stopped" } };
}

/** Wanted again after `stopped` or `failed`: as if new, but its restarts are still counted. */
export function onWantedAgain(life: Life): Life {
  if (!isSettled(life.state)) return life;
  return { ...life, state: { name: "pending" }, failedStarts: 0, delayMs: 0 };
}

/** Held back: it is not to be started until further notice. */
export function onHeld(life: Life, reason: string): Life {
  return isLive(life.state) ? life : { ...life, state: { name: "failed", reason } };
}

/** Its process is gone. */
export function onExited(life: Life, exit: Exit, context: ExitContext): Life {
  const { state } = life;
  if (context.unwanted) return { ...life, state: { name: "stopped" } };
  const served = servedSince(state);
  const failedStarts = served === null && !life.hasServed ? life.failedStarts + 1 : 0;
  const reason = failureReason(life, failedStarts, exit, context);
  if (reason !== null) return { ...life, failedStarts, state: { name: "failed", reason } };
  const young = served === null || isYoungDeath(context.at - served);
  const delayMs = nextDelay(life.delayMs, young, context.leaderless);
  return {
    ...life,
    failedStarts,
    delayMs,
    restarts: life.restarts + 1,
    state: { name: "backoff", diedAt: context.at, delayMs },
  };
}

function failureReason(
  life: Life,
  failedStarts: number,
  exit: Exit,
  context: ExitContext,
): string | null {
  if (context.final !== undefined) return context.final;
  if (failedStarts >= MAX_FAILED_STARTS)
    return `${describeExit(exit)} before it was ready, ${failedStarts} times in a row`;
  if (context.maxRestarts !== undefined && life.restarts >= context.maxRestarts) {
    return `${describeExit(exit)} after ${life.restarts} restarts, and no more are allowed`;
  }
  return null;
}

function servedSince(state: ReplicaState): number | null {
  if (isServing(state)) return state.servingSince;
  if (state.name === "stopping") return state.servingSince;
  // A drain is asked of a process that served; when does not matter, since it is not started again.
  return state.name === "draining" ? state.startedAt : null;
}

/** `exited 1`, `was killed by SIGKILL`. */
export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exited ${exit.code ?? "?"}` : `was killed by ${exit.signal}`;
}

/** The word of `jflow ps`. */
export function stateName(state: ReplicaState): ReplicaStateName {
  return state.name;
}

/** One sentence on where the replica stands, for people. */
export function describeState(state: ReplicaState): string {
  if ("reason" in state) return `${state.name}: ${state.reason}`;
  return state.name === "backoff" ? `backoff(${state.delayMs / 1000}s)` : state.name;
}
