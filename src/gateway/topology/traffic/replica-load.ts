import {
  EJECTION_MS,
  MAX_EJECTION_MS,
  MIN_SLOW_START_SHARE,
  SLOW_START_WINDOW_MS,
} from "../../../util/limits/requests.ts";

/** The end of one call. A cancelled call says nothing about its replica. */
export type CallEnd = "answered" | "failed" | "cancelled";

/** A write is a call that the primary replicates. */
export type CallKind = "read" | "write";

/**
 * The load of one process of a replica, as balancing reads it. Times are those of
 * `performance.now()`.
 */
export class ReplicaLoad {
  readonly #startMs: number;
  readonly #inFlight: Record<CallKind, number> = { read: 0, write: 0 };
  /** Failed calls since the last answer. */
  #failures = 0;
  #ejectedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  get inFlight(): number {
    return this.#inFlight.read + this.#inFlight.write;
  }

  get reads(): number {
    return this.#inFlight.read;
  }

  begin(kind: CallKind): void {
    this.#inFlight[kind] += 1;
  }

  /**
   * A call has ended. Each failure in a row takes the replica out of balancing for twice as long,
   * because a replica that fails fast would otherwise have the fewest calls and get the most
   * (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier).
   */
  end(kind: CallKind, how: CallEnd, nowMs: number): void {
    this.#inFlight[kind] -= 1;
    if (how === "cancelled") return;
    if (how === "answered") {
      this.#failures = 0;
      this.#ejectedUntilMs = Number.NEGATIVE_INFINITY;
      return;
    }
    if (nowMs < this.#ejectedUntilMs) return;
    const pauseMs = Math.min(EJECTION_MS * 2 ** this.#failures, MAX_EJECTION_MS);
    this.#failures += 1;
    this.#ejectedUntilMs = nowMs + pauseMs;
  }

  /** Returns whether recent calls failed, so that other replicas are preferred. */
  isEjected(nowMs: number): boolean {
    return nowMs < this.#ejectedUntilMs;
  }

  /**
   * Returns the calls in flight with one more, divided by the share of calls that a new process may
   * have. The share grows to 1 within `SLOW_START_WINDOW_MS`
   * (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/slow_start).
   */
  weigh(nowMs: number): number {
    const share = (nowMs - this.#startMs) / SLOW_START_WINDOW_MS;
    return (this.inFlight + 1) / Math.min(1, Math.max(MIN_SLOW_START_SHARE, share));
  }
}
