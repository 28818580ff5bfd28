/**
 * What balancing needs to know of a replica; `processId` names one incarnation, so a restarted
 * replica is untried.
 */
export interface Candidate {
  readonly processId: string;
}

/** A replica to ask, and the cursor for the next request. */
export interface Choice<T> {
  readonly replica: T;
  readonly cursor: number;
}

/**
 * Strict round robin over the replicas that may be asked, leaving out those this request has tried.
 * Undefined: none is left. A request that goes on to a second replica moves the cursor too, as any
 * request does, so no replica is asked twice in a row because another failed.
 */
export function chooseReplica<T extends Candidate>(
  candidates: readonly T[],
  cursor: number,
  tried: ReadonlySet<string>,
): Choice<T> | undefined {
  for (let step = 0; step < candidates.length; step++) {
    const index = (cursor + step) % candidates.length;
    const replica = candidates[index]!;
    if (!tried.has(replica.processId)) return { replica, cursor: index + 1 };
  }
  return undefined;
}
