import { JflowError } from "../../util/errors.ts";
import { judgeRollout, type RolledReplica } from "../decide/rollout.ts";
import { versionOf } from "../plan/flow-plan.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import {
  MAX_ROLLOUT_TRIAL_MS,
  MAX_WAIT_MS,
  ROLLOUT_TRIAL_MS,
  STOP_DRAIN_MS,
} from "../../util/limits/processes.ts";

export interface WaitOptions {
  /** The time of each wait; undefined: no limit besides `timeout_ready`. */
  readonly timeoutMs: number | undefined;
  /** Ends the waits. Without it, a wait cannot be cancelled. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until the replicas are as planned. Each wait throws `CANCELLED` when the flow stops, and
 * when the signal is aborted.
 */
export class PlanWait {
  readonly #supervisor: FlowSupervisor;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;

  constructor(supervisor: FlowSupervisor, { timeoutMs, signal }: WaitOptions) {
    this.#supervisor = supervisor;
    this.#timeoutMs = timeoutMs ?? MAX_WAIT_MS;
    this.#signal = signal;
  }

  /**
   * Resolves when the replicas are ready and of the planned version. Throws `NOT_READY` with the
   * reason of the first that is not.
   */
  async up(addresses: readonly string[]): Promise<void> {
    const verdict = (): ReturnType<typeof judgeRollout> => judgeRollout(this.#facts(addresses));
    await this.#until(
      () => verdict().is !== "waiting",
      () => `${this.#late(addresses)} not ready within ${this.#timeoutMs / 1000} s`,
    );
    const end = verdict();
    if (end.is === "failed") throw new JflowError("NOT_READY", end.reason);
  }

  /**
   * Resolves when the replica has been ready for a moment, and has answered a request if others of
   * its shard do. Throws `NOT_READY` if the replica fails before.
   */
  async tried(address: string, siblings: readonly string[]): Promise<void> {
    const startMs = performance.now();
    const isTried = (): boolean =>
      performance.now() - startMs >= ROLLOUT_TRIAL_MS &&
      (this.#isBusy(address) || !siblings.some((each) => this.#isBusy(each)));
    const hasFailed = (): boolean => judgeRollout(this.#facts([address])).is === "failed";
    await this.#supervisor.changes.until(
      () => hasFailed() || isTried() || this.#isEnded(),
      MAX_ROLLOUT_TRIAL_MS,
    );
    const end = judgeRollout(this.#facts([address]));
    if (end.is === "failed") throw new JflowError("NOT_READY", end.reason);
    this.throwIfEnded();
  }

  /**
   * Resolves when the requests that were on their way have had time to end, at once in a flow
   * without requests.
   */
  async quiet(): Promise<void> {
    const isQuiet = (): boolean =>
      !this.#supervisor.replicas.some(({ address }) => this.#isBusy(address));
    await this.#supervisor.changes.until(() => isQuiet() || this.#isEnded(), STOP_DRAIN_MS);
    this.throwIfEnded();
  }

  /** Resolves when the replicas do not run any more. */
  async gone(addresses: readonly string[]): Promise<void> {
    const left = (): readonly string[] =>
      addresses.filter((address) => this.#supervisor.find(address) !== undefined);
    await this.#until(
      () => left().length === 0,
      () => `${left().join(", ")} still runs after ${this.#timeoutMs / 1000} s`,
    );
  }

  /** Returns whether the process of a replica has answered requests in the last seconds. */
  #isBusy(address: string): boolean {
    const { facts } = this.#supervisor;
    const processId = this.#supervisor.find(address)?.processId ?? null;
    return (facts.traffic.of(address, processId)?.qps ?? 0) > 0;
  }

  async #until(isReached: () => boolean, describeLate: () => string): Promise<void> {
    const isReachedInTime = await this.#supervisor.changes.until(
      () => isReached() || this.#isEnded(),
      this.#timeoutMs,
    );
    this.throwIfEnded();
    if (!isReachedInTime) throw new JflowError("NOT_READY", describeLate());
  }

  /** Throws `CANCELLED` if the flow stops, or if the signal is aborted. */
  throwIfEnded(): void {
    if (this.#isStopping()) throw new JflowError("CANCELLED", "the flow stops");
    if (this.#signal?.aborted === true)
      throw new JflowError("CANCELLED", String(this.#signal.reason));
  }

  #isEnded(): boolean {
    return this.#isStopping() || this.#signal?.aborted === true;
  }

  #isStopping(): boolean {
    return this.#supervisor.state === "stopping";
  }

  #facts(addresses: readonly string[]): readonly RolledReplica[] {
    const { plan, shards } = this.#supervisor;
    return addresses.map((address) => {
      const entry = plan.entries.find(({ planned }) => planned.address === address);
      const replica = this.#supervisor.find(address);
      if (entry === undefined || replica === undefined)
        throw new JflowError("INTERNAL", `${address} is not planned`);
      const copy = shards.viewOf(entry.planned)?.copies[entry.planned.replica];
      return {
        address,
        state: replica.state,
        isCurrent: replica.version === versionOf(entry),
        failure: replica.failure,
        inSync: copy?.inSync ?? true,
      };
    });
  }

  #late(addresses: readonly string[]): string {
    const late = this.#facts(addresses).filter((facts) => judgeRollout([facts]).is === "waiting");
    return late.map(({ address, state }) => `${address} (${state.name})`).join(", ");
  }
}
