import type { MetricLabels } from "../../util/metrics/family.ts";
import { BYTES, Histogram, SECONDS } from "../../util/metrics/histogram.ts";
import type { TrafficMeter } from "../topology/traffic/traffic-meter.ts";

/** A call of a replica that was answered. */
export interface AnsweredCall {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Observes the calls of one replica. The processes that run at its address share one observer. */
export class CallObserver {
  readonly labels: MetricLabels;
  readonly seconds = new Histogram(SECONDS);
  readonly sentBytes = new Histogram(BYTES);
  readonly receivedBytes = new Histogram(BYTES);
  readonly #meter: TrafficMeter;
  #failures = 0;
  #inFlight = 0;

  constructor(address: string, meter: TrafficMeter) {
    const [deployment = "", shard = "", replica = ""] = address.split("/");
    this.labels = { deployment, shard, replica };
    this.#meter = meter;
  }

  /** The calls that failed: the replica did not answer, or its executor threw. */
  get failures(): number {
    return this.#failures;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Returns the start of a call, for its end. In milliseconds, as `performance.now()`. */
  begin(): number {
    this.#meter.begin();
    this.#inFlight += 1;
    return performance.now();
  }

  /** Counts a call whose client is gone and that still waits in the replica. */
  addAbandoned(change: 1 | -1): void {
    this.#meter.addAbandoned(change);
    this.#inFlight += change;
  }

  /** `answer` is undefined for a call without an answer. */
  end(startMs: number, nowMs: number, isFailure: boolean, answer?: AnsweredCall): void {
    this.#meter.end(startMs, nowMs, isFailure);
    this.#inFlight -= 1;
    if (isFailure) this.#failures += 1;
    if (answer === undefined) return;
    this.seconds.observe((nowMs - startMs) / 1_000);
    this.sentBytes.observe(answer.sentBytes);
    this.receivedBytes.observe(answer.receivedBytes);
  }
}
