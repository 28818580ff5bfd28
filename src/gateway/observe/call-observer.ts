import type { MetricLabels } from "../../util/metrics/family.ts";
import { BYTES, Histogram, SECONDS } from "../../util/metrics/histogram.ts";
import { CALL_ATTRIBUTES, CALL_SPAN } from "../../wire/tracing/span-names.ts";
import type { SpanAttributes, SpanFailure, TraceSpan } from "../../wire/tracing/tracer.ts";
import type { TrafficMeter } from "../topology/traffic/traffic-meter.ts";

/** A call of a replica that was answered. */
export interface AnsweredCall {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** A call that was begun. */
export interface ObservedCall {
  /** In milliseconds, as `performance.now()`. */
  readonly startMs: number;
  /** Absent: the request has no trace. */
  readonly span: TraceSpan | undefined;
}

/** The metrics of a replica. The processes that run at its address share them. */
export class CallMetrics {
  readonly labels: MetricLabels;
  /** The attributes of the span of each call. */
  readonly attributes: SpanAttributes;
  readonly seconds = new Histogram(SECONDS);
  readonly sentBytes = new Histogram(BYTES);
  readonly receivedBytes = new Histogram(BYTES);
  /** The calls that failed: the replica did not answer, or its executor threw. */
  failures = 0;
  inFlight = 0;

  constructor(address: string) {
    const [deployment = "", shard = "", replica = ""] = address.split("/");
    this.labels = { deployment, shard, replica };
    this.attributes = { ...CALL_ATTRIBUTES, "jflow.address": address };
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

  /** `parent`: the span of the request. */
  begin(parent: TraceSpan | undefined): ObservedCall {
    this.#meter.begin();
    this.#metrics.inFlight += 1;
    const span = parent?.startChild(CALL_SPAN, "client", this.#metrics.attributes);
    return { startMs: performance.now(), span };
  }

  /** Counts a call whose client is gone and that still waits in the replica. */
  addAbandoned(change: 1 | -1): void {
    this.#meter.addAbandoned(change);
    this.#metrics.inFlight += change;
  }

  /** `failure` is absent for an answer and for a cancelled call; `answer` is absent without one. */
  end(
    { startMs, span }: ObservedCall,
    nowMs: number,
    failure: SpanFailure | undefined,
    answer: AnsweredCall | undefined,
  ): void {
    this.#meter.end(startMs, nowMs, failure !== undefined);
    this.#metrics.inFlight -= 1;
    if (failure !== undefined) this.#metrics.failures += 1;
    span?.end(failure);
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
