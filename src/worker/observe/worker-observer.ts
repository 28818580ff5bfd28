import type { ReplicaSpec } from "../../model/replica.ts";
import { toJflowError, type JflowError } from "../../util/errors.ts";
import type { MetricFamilies } from "../../util/metrics/family.ts";
import type { WorkerReply, WorkerRequest } from "../../wire/exchange/messages.ts";
import { CALL_ATTRIBUTES, CALL_SPAN } from "../../wire/tracing/span-names.ts";
import type { SpanFailure, Tracer, TraceSpan } from "../../wire/tracing/tracer.ts";
import type { ExecutorCall } from "../executor/executor-call.ts";
import type { MethodObserver, ObservedMethod } from "../executor/executor-host.ts";
import { formatJinaPlace } from "../executor/results.ts";
import { WorkerMetrics } from "./worker-metrics.ts";

const THREW: SpanFailure = { code: "EXECUTOR_FAILED" };

/** Observes all requests to a worker and all calls of its executor. */
export class WorkerObserver implements MethodObserver {
  readonly #metrics: WorkerMetrics;
  readonly #tracer: Tracer | undefined;
  readonly #address: string;
  #executor = "";

  constructor(spec: ReplicaSpec, tracer: Tracer | undefined) {
    this.#metrics = new WorkerMetrics(formatJinaPlace(spec), () => this.#executor);
    this.#tracer = tracer;
    this.#address = spec.address;
  }

  /** Names the class of the executor, once it is loaded. */
  name(executor: string): void {
    this.#executor = executor;
  }

  /** The trace of the method that runs here. */
  get traceId(): string | undefined {
    return this.#tracer?.currentTraceId;
  }

  /** Runs a request and counts it. */
  async observe(
    request: WorkerRequest,
    run: (request: WorkerRequest) => Promise<WorkerReply>,
  ): Promise<WorkerReply> {
    const startMs = performance.now();
    const span = this.#startSpan(request);
    let sentBytes: number | undefined;
    let failure: SpanFailure | undefined;
    try {
      const reply = await run(span === undefined ? request : { ...request, trace: span.context });
      if (reply.isError) failure = THREW;
      else sentBytes = reply.response.length;
      return reply;
    } catch (error) {
      failure = toJflowError(error);
      throw error;
    } finally {
      const { endpoint, requests } = request;
      const bytes = requests.reduce((sum, { length }) => sum + length, 0);
      const seconds = (performance.now() - startMs) / 1_000;
      this.#metrics.count({ endpoint, bytes, seconds }, sentBytes);
      span?.end(failure);
    }
  }

  begin({ endpoint, trace }: ExecutorCall): ObservedMethod {
    const startMs = performance.now();
    const span = trace && this.#tracer?.start(nameOf(endpoint), "internal", trace, {});
    return {
      trace: span?.context ?? trace,
      run: (work) => (span === undefined ? work() : span.run(work)),
      end: (documents, failure) => {
        this.#metrics.ran(endpoint, documents, (performance.now() - startMs) / 1_000);
        if (span !== undefined) endMethod(span, documents, failure);
      },
    };
  }

  measure(): MetricFamilies {
    return this.#metrics.families();
  }

  #startSpan({ trace }: WorkerRequest): TraceSpan | undefined {
    const attributes = { ...CALL_ATTRIBUTES, "jflow.address": this.#address };
    return trace && this.#tracer?.start(CALL_SPAN, "server", trace, attributes);
  }
}

/** Jina names the span of a method by the endpoint of the request. */
function nameOf(endpoint: string): string {
  return endpoint === "" ? "default" : endpoint;
}

function endMethod(span: TraceSpan, documents: number, failure: JflowError | undefined): void {
  span.set({ "jflow.documents": documents });
  span.end(failure);
}
