import type { MetricLabels } from "../../util/metrics/family.ts";
import { BYTES, Histogram, SECONDS } from "../../util/metrics/histogram.ts";
import type { TrafficMeter } from "../topology/traffic/traffic-meter.ts";

/** A call of a replica that was answered. */
export interface AnsweredCall {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** The metrics of a replica. The processes that run at its address share them. */
export class CallMetrics {
  readonly labels: MetricLabels;
  readonly seconds = new Histogram(SECONDS);
  readonly sentBytes = new Histogram(BYTES);
  readonly receivedBytes = new Histogram(BYTES);
  /** The calls that failed: the replica did not answer, or its executor threw. */
  failures = 0;
  inFlight = 0;

  constructor(address: string) {
    const [deployment = "", shard = "", replica = ""] = address.split("/");
    this.labels = { deployment, shard, replica };
  }
}

/** Observes the calls of one process of a replica. */
export class CallObserver {
  readonly #metrics: CallMetrics;
  readonly #meter: TrafficMeter;
  readonly #onRetired: () => void;

  constructor(metrics: CallMetrics, meter: TrafficMeter, onRetired: () => void) {
    this.#metrics = metrics;
    this.#meter = meter;
    this.#onRetired = onRetired;
  }

  /** Returns the start of a call, for its end. In milliseconds, as `performance.now()`. */
  begin(): number {
    this.#meter.begin();
    this.#metrics.inFlight += 1;
    return performance.now();
  }

  /** Counts a call whose client is gone and that still waits in the replica. */
  addAbandoned(change: 1 | -1): void {
    this.#meter.addAbandoned(change);
    this.#metrics.inFlight += change;
  }

  /** `answer` is undefined for a call without an answer. */
  end(startMs: number, nowMs: number, isFailure: boolean, answer?: AnsweredCall): void {
    this.#meter.end(startMs, nowMs, isFailure);
    this.#metrics.inFlight -= 1;
    if (isFailure) this.#metrics.failures += 1;
    if (answer === undefined) return;
    this.#metrics.seconds.observe((nowMs - startMs) / 1_000);
    this.#metrics.sentBytes.observe(answer.sentBytes);
    this.#metrics.receivedBytes.observe(answer.receivedBytes);
  }

  /** The process gets no more calls. */
  retire(): void {
    this.#onRetired();
  }
}
