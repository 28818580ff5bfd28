import { isFailed, isStoppedByUser, type ReplicaState } from "./lifecycle/replica-state.ts";

/** The facts about one replica that an operation starts or replaces. */
export interface RolledReplica {
  readonly address: string;
  readonly state: ReplicaState;
  /** The last process is of the planned version. */
  readonly isCurrent: boolean;
  /** Why the last process ended, or did not start. */
  readonly failure: string;
  /** The copy is in-sync; true for a replica without state. */
  readonly inSync: boolean;
}

export type RolloutVerdict =
  | { readonly is: "waiting" }
  | { readonly is: "up" }
  | { readonly is: "failed"; readonly reason: string };

/**
 * Judges replicas that an operation starts. The first exit of a new process fails the operation:
 * the replicas before the change serve, so there is no reason to try again. A replica that the user
 * stopped is not waited for.
 */
export function judgeRollout(replicas: readonly RolledReplica[]): RolloutVerdict {
  const failed = replicas.find(
    ({ state, isCurrent }) => isCurrent && (state.name === "backoff" || isFailed(state)),
  );
  if (failed !== undefined)
    return { is: "failed", reason: `${failed.address}: ${describeFailure(failed)}` };
  return replicas.every(isUp) ? { is: "up" } : { is: "waiting" };
}

function isUp({ state, isCurrent, inSync }: RolledReplica): boolean {
  return isStoppedByUser(state) || (isCurrent && state.name === "ready" && inSync);
}

function describeFailure({ state, failure }: RolledReplica): string {
  return isFailed(state) ? state.reason : failure;
}

/** A replica that an operation replaces. */
export interface ReplaceableReplica {
  readonly address: string;
  readonly isPrimary: boolean;
}

/**
 * Returns the replica that is replaced next: the primary last, so that the shard changes its
 * primary once.
 */
export function chooseNext<Replica extends ReplaceableReplica>(
  replicas: readonly Replica[],
): Replica | undefined {
  return replicas.find(({ isPrimary }) => !isPrimary) ?? replicas[0];
}
