/** The reason why an exited process is not restarted. */
export type Afterwards =
  /** The user stopped the replica. */
  | { readonly is: "stopped" }
  /** The shard does not let the replica start until it releases the replica. */
  | { readonly is: "held"; readonly reason: string }
  /** A restart would fail again. */
  | { readonly is: "failed"; readonly reason: string }
  /** The plan has changed: a process of the new plan is started at once. */
  | { readonly is: "replaced" }
  /** The replica is not planned any more. */
  | { readonly is: "removed" };

/** The facts about a replica that has a process. */
interface WithProcess {
  readonly processId: string;
  /** When the process was started, in milliseconds of the supervisor's clock. */
  readonly startedAt: number;
  /** Absent: the replica is started again. */
  readonly afterwards?: Afterwards;
}

/** The facts about a process that has sent its hello and registered. */
interface Serving extends WithProcess {
  readonly servingSince: number;
}

/**
 * The state of one replica. Each state holds only the facts that exist in that state.
 *
 *     pending -> starting -> recovering -> ready <-> unhealthy   (a replica without state skips
 * `recovering`)
 *                   |            any of these -> draining -> stopped
 *                   |            any of these -> stopping (SIGKILL sent) -> backoff | stopped
 *     an exit -> backoff -> starting      three failed starts in a row -> failed
 *     held, failed, stopped -> pending    on `jflow start`; held also when the shard releases it
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
  /** The shard does not let the replica start. */
  | { readonly name: "held"; readonly reason: string }
  /**
   * `user`: by `jflow stop`, until `jflow start`. `flow`: because the whole flow stops. `plan`: the
   * replica is not planned any more.
   */
  | { readonly name: "stopped"; readonly by: "user" | "flow" | "plan" };

export type LiveState = Extract<ReplicaState, WithProcess>;
export type ServingState = Extract<ReplicaState, Serving>;

/** The end of a process. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Returns whether the replica has a process. */
export function isLive(state: ReplicaState): state is LiveState {
  return "processId" in state;
}

/** Returns whether the process takes requests, or will once its copy is in-sync. */
export function isServing(state: ReplicaState): state is ServingState {
  return state.name === "recovering" || state.name === "ready" || state.name === "unhealthy";
}

/** Returns whether the replica stays as it is without a command. */
export function isSettled(state: ReplicaState): boolean {
  return isFailed(state) || state.name === "stopped";
}

/**
 * Returns whether the replica is not started because it failed, or because its shard holds it back.
 */
export function isFailed(
  state: ReplicaState,
): state is Extract<ReplicaState, { readonly name: "failed" | "held" }> {
  return state.name === "failed" || state.name === "held";
}

/** Returns whether the user stopped the replica; its process may still be ending. */
export function isStoppedByUser(state: ReplicaState): boolean {
  if (isLive(state)) return state.afterwards?.is === "stopped";
  return state.name === "stopped" && state.by === "user";
}

/** `exited with code 1`, `killed by SIGKILL`, or `did not start` if no process was started. */
export function describeExit({ code, signal }: Exit): string {
  if (signal !== null) return `killed by ${signal}`;
  return code === null ? "did not start" : `exited with code ${code}`;
}
