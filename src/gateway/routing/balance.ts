/** A replica that balancing may choose. A restarted replica has a new `processId`. */
export interface Candidate {
  readonly processId: string;
  /** Whether the connection to the replica was lost just now. */
  readonly isLost: boolean;
}

/** The chosen replica, and the cursor for the next request. */
export interface Choice<T> {
  readonly replica: T;
  readonly cursor: number;
}

/**
 * Chooses by strict round robin among the replicas that the request has not tried. A replica whose
 * connection was just lost is chosen only if there is no other. Returns undefined if every replica
 * was tried. The second choice of a request moves the cursor as well, so the failure of one replica
 * does not send two requests in a row to its neighbor.
 */
export function chooseReplica<T extends Candidate>(
  candidates: readonly T[],
  cursor: number,
  tried: ReadonlySet<string>,
): Choice<T> | undefined {
  const connected = candidates.some(({ isLost }) => isLost)
    ? candidates.filter(({ isLost }) => !isLost)
    : candidates;
  const list = connected.length > 0 ? connected : candidates;
  for (let step = 0; step < list.length; step++) {
    const index = (cursor + step) % list.length;
    const replica = list[index]!;
    if (!tried.has(replica.processId)) return { replica, cursor: index + 1 };
  }
  return undefined;
}

/** The cursors of round robin, by shard or deployment. They survive a change of the topology. */
export class Cursors {
  readonly #cursors = new Map<string, number>();

  /** Chooses a replica of a shard as `chooseReplica` does, and moves the shard's cursor. */
  choose<T extends Candidate>(
    shard: string,
    candidates: readonly T[],
    tried: ReadonlySet<string>,
  ): T | undefined {
    const choice = chooseReplica(candidates, this.#cursors.get(shard) ?? 0, tried);
    if (choice) this.#cursors.set(shard, choice.cursor);
    return choice?.replica;
  }

  /** Returns how many turns were taken before this one. */
  takeTurn(name: string): number {
    const turn = this.#cursors.get(name) ?? 0;
    this.#cursors.set(name, turn + 1);
    return turn;
  }
}
