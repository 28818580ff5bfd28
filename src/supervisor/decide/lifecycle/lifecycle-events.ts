import type { Exit, ReplicaState } from "./replica-state.ts";

/** The state of a replica, and the part of its history that later decisions need. */
export interface ReplicaLifecycle {
  readonly state: ReplicaState;
  /** The number of exits after which the replica was, or will be, started again. */
  readonly restarts: number;
  /** The number of failed starts in a row before the first successful start. */
  readonly failedStarts: number;
  readonly hasServed: boolean;
  /**
   * The wait before the last restart without its jitter, in milliseconds. 0 means that the next
   * wait is the first of a series.
   */
  readonly delayMs: number;
  /** Why the last process could not start; null if the reason is unknown. */
  readonly startFailure: string | null;
}

export const NEW_LIFECYCLE: ReplicaLifecycle = {
  state: { name: "pending" },
  restarts: 0,
  failedStarts: 0,
  hasServed: false,
  delayMs: 0,
  startFailure: null,
};

/** The facts that decide what follows an exit. */
export interface ExitContext {
  readonly at: number;
  /** The whole flow stops. */
  readonly isFlowStopping: boolean;
  /** The replica is a copy of a shard without a primary: its restarts are not delayed longer. */
  readonly leaderless: boolean;
  /** How often the replica is restarted after it has served; absent: without limit. */
  readonly maxRestarts?: number;
  /** From 0 to 1, for the jitter of the wait before a restart. */
  readonly random: number;
  /** The last line that the process wrote to stderr. */
  readonly lastLine?: string;
}

/** The events of one replica. */
export type LifecycleEvent =
  | { readonly type: "started"; readonly processId: string; readonly at: number }
  /** The process has sent its hello and registered. */
  | { readonly type: "introduced"; readonly at: number; readonly isStateful: boolean }
  /** The process answered a heartbeat. `isReadable`: the copy may serve reads. */
  | { readonly type: "heartbeat"; readonly isReadable: boolean }
  | { readonly type: "silent"; readonly reason: string }
  /** The process reported that it cannot start. */
  | { readonly type: "startFailed"; readonly message: string; readonly isLasting: boolean }
  /** The process was asked to finish its requests and to exit. */
  | { readonly type: "draining"; readonly deadline: number }
  /** SIGKILL was sent. `final`: the replica is not started again. */
  | { readonly type: "killed"; readonly reason: string; readonly final: boolean }
  | { readonly type: "exited"; readonly exit: Exit; readonly context: ExitContext }
  /** `jflow stop`. */
  | { readonly type: "stopRequested" }
  /** `jflow start`. */
  | { readonly type: "startRequested" }
  /** The plan has changed: a process of the new plan takes the place of this one. */
  | { readonly type: "replaceRequested" }
  /** The replica is not planned any more. */
  | { readonly type: "removeRequested" }
  /** The shard does not let the replica start. */
  | { readonly type: "held"; readonly reason: string }
  /** The shard lets the replica start again. */
  | { readonly type: "released" }
  /** The flow stops and the replica has no process. */
  | { readonly type: "settled" };

/** A request of the user, the shard or the flow. */
export type ReplicaWish = EventOf<
  | "stopRequested"
  | "startRequested"
  | "replaceRequested"
  | "removeRequested"
  | "held"
  | "released"
  | "settled"
>;

export type EventOf<Type extends LifecycleEvent["type"]> = Extract<LifecycleEvent, { type: Type }>;
