import { JflowError, toJflowError } from "../../util/errors.ts";
import { connectionLoss } from "../../wire/connection-loss.ts";
import type { LiveReplica } from "../topology/live-replica.ts";

/** The replicas that failed a request so far, each with its last reason. */
export class Attempts {
  readonly #reasons = new Map<string, string>();
  readonly #tried = new Set<string>();
  /** Processes that were lost while they had the request. */
  readonly #lost = new Set<string>();
  #count = 0;
  #isLate = false;

  get tried(): ReadonlySet<string> {
    return this.#tried;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Returns whether a replica exceeded the time of a call. Every replica was tried once then;
   * another round would keep all of them busy.
   */
  get isLate(): boolean {
    return this.#isLate;
  }

  add(replica: LiveReplica, error: unknown): void {
    this.#count += 1;
    if (connectionLoss(error) === "maybe") this.#lost.add(replica.processId);
    this.#isLate ||= isDeadlineError(error);
    this.#tried.add(replica.processId);
    this.#reasons.set(replica.address, toJflowError(error).message);
  }

  /** Counts the processes that died while they had the request, without those in `killed`. */
  countDeaths(killed: ReadonlySet<string>): number {
    let deaths = 0;
    for (const processId of this.#lost) if (!killed.has(processId)) deaths += 1;
    return deaths;
  }

  /** Allows every replica to be tried again. */
  forget(): void {
    this.#tried.clear();
  }

  describe(): string {
    if (this.#reasons.size === 0) return "no replica was ready";
    return `tried ${[...this.#reasons].map(([address, reason]) => `${address}: ${reason}`).join("; ")}`;
  }
}

export function isDeadlineError(error: unknown): boolean {
  return error instanceof JflowError && error.code === "DEADLINE_EXCEEDED";
}
