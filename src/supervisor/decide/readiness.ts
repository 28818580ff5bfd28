import {
  isFailed,
  isServing,
  isStoppedByUser,
  type ReplicaState,
} from "./lifecycle/replica-state.ts";

/** One replica, as far as it decides whether the flow is up. */
export interface ReadyReplica {
  readonly address: string;
  readonly state: ReplicaState;
  /**
   * Its shard has data of an earlier run: that it cannot start must not keep the other shards away.
   */
  readonly hasData: boolean;
}

/** One shard with state. */
export interface ReadyShard {
  /** `indexer/1`. */
  readonly address: string;
  readonly hasPrimary: boolean;
  /** None of its in-sync copies is there, and no more is waited for. */
  readonly isRed: boolean;
}

export type Readiness =
  | { readonly is: "waiting" }
  /** Every process serves; only shards without a primary are waited for. */
  | { readonly is: "electing" }
  | { readonly is: "ready"; readonly degraded: readonly string[] }
  /** These cannot start. */
  | { readonly is: "failed"; readonly addresses: readonly string[] };

/**
 * A flow is up when every process serves and every shard has a primary; copies that recover do not
 * hold it up, and neither does a shard none of whose in-sync copies is there: it is named. Until
 * then a replica that cannot start fails the whole.
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

/** A replica that the user stopped is not waited for. */
function isDone({ state }: ReadyReplica): boolean {
  return isStoppedByUser(state) || isServing(state) || isFailed(state);
}
