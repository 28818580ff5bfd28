import { chooseReplica, type Candidate, type ChoiceInput } from "../routing/balance.ts";

/** The turns of balancing, by shard or deployment. They survive a change of the topology. */
export class Cursors {
  readonly #cursors = new Map<string, number>();

  /** Chooses a replica of a shard as `chooseReplica` does, and moves the shard's cursor. */
  choose<T extends Candidate>(
    shard: string,
    candidates: readonly T[],
    input: Pick<ChoiceInput, "balancing" | "tried" | "maxInFlight">,
  ): T | undefined {
    const choice = chooseReplica(candidates, {
      ...input,
      cursor: this.#cursors.get(shard) ?? 0,
      nowMs: performance.now(),
      random: Math.random,
    });
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
