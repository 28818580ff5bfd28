import type { TopologyReplica } from "../../model/topology.ts";
import { readTraceContext, type TraceHeaders } from "../../util/tracing/trace-context.ts";
import type { Tracer, TraceSpan } from "../../wire/tracing/tracer.ts";
import type { TrafficMeter } from "../topology/traffic/traffic-meter.ts";
import { TrafficMeters, type TrafficReport } from "../topology/traffic/traffic-meters.ts";
import { CallMetrics, CallObserver } from "./call-observer.ts";
import { codeOfError, type RequestFacts } from "./request-end.ts";
import { OK, RequestMetrics } from "./request-metrics.ts";

type ReplicaIdentity = Pick<TopologyReplica, "address" | "processId">;

/** The trace of a request, as a front received it. */
export interface TraceSource {
  /** The name of the span of the request. */
  readonly name: string;
  readonly headers: TraceHeaders;
}

/** One request that the gateway has admitted. */
export interface ObservedRequest {
  /** Absent: the request has no trace. */
  readonly span: TraceSpan | undefined;
  /** Called once, when the answer is made. `code`: that of the error; absent for success. */
  end(facts: RequestFacts, code: string | undefined): void;
}

/**
 * Observes all requests to the gateway and all calls of replicas: the one source of `jflow ps`,
 * `/metrics` and traces.
 */
export class RequestObserver {
  readonly metrics = new RequestMetrics();
  readonly #traffic = new TrafficMeters();
  readonly #gateway: TrafficMeter;
  readonly #tracer: Tracer | undefined;
  readonly #calls = new Map<string, CallMetrics>();

  /** `gateway`: the process of the gateway among the replicas of the flow. */
  constructor(gateway: ReplicaIdentity, tracer?: Tracer) {
    this.#gateway = this.#traffic.of(gateway.address, gateway.processId);
    this.#tracer = tracer;
  }

  get isTraced(): boolean {
    return this.#tracer !== undefined;
  }

  begin(bytes: number, source: TraceSource | undefined): ObservedRequest {
    const startMs = performance.now();
    this.#gateway.begin();
    this.metrics.begin(bytes);
    const span = this.#tracer && source && startSpan(this.#tracer, source);
    return {
      span,
      end: (facts, code) => {
        const nowMs = performance.now();
        this.#gateway.end(startMs, nowMs, code !== undefined);
        this.metrics.end(facts, code ?? OK, (nowMs - startMs) / 1_000);
        if (span !== undefined) endSpan(span, facts, code);
      },
    };
  }

  /** A request was refused before the gateway worked on it. */
  refuse(error: unknown): void {
    this.metrics.refuse(codeOfError(error));
  }

  /** An answer that is not an error has this many bytes on its way to the client. */
  noteSent(bytes: number): void {
    this.metrics.sentBytes.observe(bytes);
  }

  /** Returns the observer of the calls of a process of a replica. */
  callsOf({ address, processId }: ReplicaIdentity): CallObserver {
    const metrics = this.#calls.get(address) ?? new CallMetrics(address);
    this.#calls.set(address, metrics);
    const meter = this.#traffic.of(address, processId);
    return new CallObserver(metrics, meter, () => this.#traffic.retire(processId));
  }

  get calls(): ReadonlyMap<string, CallMetrics> {
    return this.#calls;
  }

  reportTraffic(): TrafficReport {
    return this.#traffic.report(performance.now());
  }
}

function startSpan(tracer: Tracer, { name, headers }: TraceSource): TraceSpan | undefined {
  return tracer.start(name, "server", readTraceContext(headers), {});
}

function endSpan(span: TraceSpan, facts: RequestFacts, code: string | undefined): void {
  span.set({ "jflow.endpoint": facts.endpoint, "jflow.documents": facts.documents });
  span.end(code === undefined ? undefined : { code });
}
