import {
  isFailed,
  isServing,
  isStoppedByUser,
  type ReplicaState,
} from "./lifecycle/replica-state.ts";

/** The facts about one replica that readiness depends on. */
export interface ReadyReplica {
  readonly address: string;
  readonly state: ReplicaState;
  /**
   * The shard has data of an earlier run. A copy of such a shard that fails does not fail the flow.
   */
  readonly hasData: boolean;
  /** The replica is a copy of a shard without a primary. Such a copy cannot become ready. */
  readonly leaderless: boolean;
}

/** One shard with state. */
export interface ReadyShard {
  /** `indexer/1`. */
  readonly address: string;
  readonly hasPrimary: boolean;
  /** The shard has no primary and does not wait for more copies. */
  readonly isRed: boolean;
}

export type Readiness =
  | { readonly is: "waiting" }
  /** Every process is ready. The flow only waits for shards without a primary. */
  | { readonly is: "electing" }
  /** The flow answers requests, but some replicas are not ready. */
  | { readonly is: "serving" }
  /** `degraded`: the shards without a primary. */
  | { readonly is: "ready"; readonly degraded: readonly string[] }
  /** These replicas failed. */
  | { readonly is: "failed"; readonly addresses: readonly string[] };

/**
 * A flow serves when every process serves and every shard has a primary. It is ready when all its
 * replicas are ready, also the copies that recover. A shard whose in-sync copies are missing delays
 * neither: the result names the shard. Until the flow is ready, a replica that cannot start fails
 * the flow.
 */
export function judgeReadiness(
  replicas: readonly ReadyReplica[],
  shards: readonly ReadyShard[],
  isWaitOver: boolean,
): Readiness {
  const failed = replicas.filter(({ state, hasData }) => isFailed(state) && !hasData);
  if (failed.length > 0) return { is: "failed", addresses: failed.map(({ address }) => address) };
  if (!replicas.every(isDone)) return { is: "waiting" };
  const without = shards.filter(({ hasPrimary }) => !hasPrimary);
  if (without.some(({ isRed }) => !isRed) && !isWaitOver) return { is: "electing" };
  if (!replicas.every(isComplete)) return { is: "serving" };
  return { is: "ready", degraded: without.map(({ address }) => address) };
}

/** The flow does not wait for a replica that the user stopped. */
function isDone({ state }: ReadyReplica): boolean {
  return isStoppedByUser(state) || isServing(state) || isFailed(state);
}

function isComplete({ state, leaderless }: ReadyReplica): boolean {
  return leaderless || state.name === "ready" || !isServing(state);
}
