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
  | { readonly is: "ready"; readonly degraded: readonly string[] }
  /** These replicas failed. */
  | { readonly is: "failed"; readonly addresses: readonly string[] };

/**
 * A flow is up when every process serves and every shard has a primary. Copies that recover do not
 * delay it. A shard whose in-sync copies are missing does not delay it either: the result names the
 * shard. Until then, a replica that cannot start fails the flow.
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
  return { is: "ready", degraded: without.map(({ address }) => address) };
}

/** The flow does not wait for a replica that the user stopped. */
function isDone({ state }: ReadyReplica): boolean {
  return isStoppedByUser(state) || isServing(state) || isFailed(state);
}
