import { judgeReadiness, type Readiness } from "../decide/readiness.ts";
import type { AwakeClock } from "../../util/awake-clock.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import type { Shards } from "../shards/shards.ts";
import { ELECTION_WAIT_MS } from "../../util/limits/processes.ts";

/** Receives the result of a start. */
export interface StartUpListener {
  /** From now on the flow answers requests. */
  serving(): void;
  ready(degraded: readonly string[]): void;
  failed(replicas: readonly ReplicaProcess[]): void;
  /** The wait for a primary is over: call `judge` again. */
  again(): void;
}

/** Judges the start of a flow, once: it ends ready or failed. */
export class StartUp {
  readonly #listener: StartUpListener;
  #isOver = false;
  #isServing = false;
  #isWaitOver = false;
  readonly #clock: AwakeClock;
  #endWait: (() => void) | undefined;

  constructor(clock: AwakeClock, listener: StartUpListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Whether the flow has answered requests since its start. */
  get isServing(): boolean {
    return this.#isServing;
  }

  judge(replicas: readonly ReplicaProcess[], shards: Shards): void {
    if (this.#isOver) return;
    const verdict = judgeReadiness(
      replicas.map((replica) => asReady(replica, shards)),
      shards.all.map(asShard),
      this.#isWaitOver,
    );
    this.#take(verdict, replicas);
  }

  /** Ends the judging, also for a flow that stops before it is up. */
  end(): void {
    this.#isOver = true;
    this.#endWait?.();
  }

  #take(verdict: Readiness, replicas: readonly ReplicaProcess[]): void {
    switch (verdict.is) {
      case "waiting":
        return;
      case "electing":
        this.#endWait ??= this.#clock.after(ELECTION_WAIT_MS, () => {
          this.#isWaitOver = true;
          this.#listener.again();
        });
        return;
      case "serving":
        this.#serve();
        return;
      case "ready":
        this.end();
        this.#serve();
        this.#listener.ready(verdict.degraded);
        return;
      case "failed":
        this.end();
        this.#listener.failed(
          replicas.filter(({ address }) => verdict.addresses.includes(address)),
        );
    }
  }

  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    this.#listener.serving();
  }
}

function asReady(
  replica: ReplicaProcess,
  shards: Shards,
): Parameters<typeof judgeReadiness>[0][number] {
  const hasData = shards.of(replica.planned)?.hadData ?? false;
  const leaderless = shards.isLeaderless(replica);
  return { address: replica.address, state: replica.state, hasData, leaderless };
}

function asShard({
  address,
  driver: { view },
}: Shards["all"][number]): Parameters<typeof judgeReadiness>[1][number] {
  return {
    address,
    hasPrimary: view.primary !== null,
    isRed: view.phase === "red" || view.phase === "refused",
  };
}
