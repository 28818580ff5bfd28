import {
  context as contexts,
  createTraceState,
  ROOT_CONTEXT,
  SpanKind as Kind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type Tracer as OtelTracer,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import {
  MAX_TRACE_EXPORT_MS,
  MAX_WAITING_SPANS,
  TRACE_EXPORT_MS,
} from "../../util/limits/requests.ts";
import {
  parseTraceparent,
  type TraceContext,
  type TraceParent,
} from "../../util/tracing/trace-context.ts";
import { waitAtMost } from "../../util/wait-at-most.ts";
import type { Sampler } from "./sampler.ts";
import type { SpanAttributes, SpanFailure, SpanKind, Tracer, TraceSpan } from "./tracer.ts";

const KINDS: Readonly<Record<SpanKind, Kind>> = {
  server: Kind.SERVER,
  client: Kind.CLIENT,
  internal: Kind.INTERNAL,
};

/** The name of jflow among the libraries that make spans. */
const SCOPE = "jflow";

export interface OpenTelemetryOptions {
  readonly exporter: SpanExporter;
  readonly sampler: Sampler;
  /** The attributes of the process; `OTEL_RESOURCE_ATTRIBUTES` wins. */
  readonly resource: SpanAttributes;
  readonly version: string;
  /** Whether user code of this process may look for the current span. */
  readonly isGlobal: boolean;
}

/** Makes spans by the SDK of OpenTelemetry. At most one object of this class in a process. */
export class OpenTelemetryTracer implements Tracer {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: OtelTracer;
  readonly #sampler: Sampler;

  constructor({ exporter, sampler, resource, version, isGlobal }: OpenTelemetryOptions) {
    this.#sampler = sampler;
    this.#provider = new BasicTracerProvider({
      // `Sampler` has decided before a span is made.
      sampler: new AlwaysOnSampler(),
      resource: resourceFromAttributes(resource).merge(
        detectResources({ detectors: [envDetector] }),
      ),
      spanProcessors: [
        new BatchSpanProcessor(exporter, {
          maxQueueSize: MAX_WAITING_SPANS,
          scheduledDelayMillis: TRACE_EXPORT_MS,
          exportTimeoutMillis: MAX_TRACE_EXPORT_MS,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer(SCOPE, version);
    if (!isGlobal) return;
    contexts.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(this.#provider);
  }

  start(
    name: string,
    kind: SpanKind,
    parent: TraceContext | undefined,
    attributes: SpanAttributes,
  ): TraceSpan | undefined {
    const remote = parent && parseTraceparent(parent.traceparent);
    if (!this.#sampler.samples(remote))
      return parent && remote ? new PassedSpan(parent, remote.traceId) : undefined;
    const within = parent && remote ? remoteContext(parent, remote) : ROOT_CONTEXT;
    return SampledSpan.start(this.#tracer, within, { name, kind, attributes });
  }

  get currentTraceId(): string | undefined {
    return trace.getSpanContext(contexts.active())?.traceId;
  }

  async close(): Promise<void> {
    await waitAtMost(
      this.#provider.shutdown().catch(() => undefined),
      MAX_TRACE_EXPORT_MS,
    );
  }
}

function remoteContext({ tracestate }: TraceContext, remote: TraceParent): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: remote.traceId,
    spanId: remote.spanId,
    traceFlags: remote.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  });
}

/** A span that is exported. */
class SampledSpan implements TraceSpan {
  readonly traceId: string;
  readonly context: TraceContext;
  readonly #tracer: OtelTracer;
  readonly #span: Span;

  private constructor(tracer: OtelTracer, span: Span) {
    this.#tracer = tracer;
    this.#span = span;
    const { traceId, spanId, traceState } = span.spanContext();
    this.traceId = traceId;
    const tracestate = traceState?.serialize() ?? "";
    const traceparent = `00-${traceId}-${spanId}-01`;
    this.context = tracestate === "" ? { traceparent } : { traceparent, tracestate };
  }

  static start(
    tracer: OtelTracer,
    within: Context,
    { name, kind, attributes }: { name: string; kind: SpanKind; attributes: SpanAttributes },
  ): SampledSpan {
    return new SampledSpan(
      tracer,
      tracer.startSpan(name, { kind: KINDS[kind], attributes }, within),
    );
  }

  startChild(name: string, kind: SpanKind, attributes: SpanAttributes): TraceSpan {
    const within = trace.setSpan(ROOT_CONTEXT, this.#span);
    return SampledSpan.start(this.#tracer, within, { name, kind, attributes });
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  run<T>(work: () => T): T {
    return contexts.with(trace.setSpan(contexts.active(), this.#span), work);
  }

  end(failure?: SpanFailure): void {
    if (failure !== undefined) {
      const { code, message } = failure;
      this.#span.setAttribute("error.type", code);
      this.#span.setStatus({
        code: SpanStatusCode.ERROR,
        ...(message === undefined ? {} : { message }),
      });
    }
    this.#span.end();
  }
}

/** Stands for a span of a trace that is not exported: the trace is passed on as it came. */
class PassedSpan implements TraceSpan {
  readonly context: TraceContext;
  readonly traceId: string;

  constructor(context: TraceContext, traceId: string) {
    this.context = context;
    this.traceId = traceId;
  }

  startChild(): TraceSpan {
    return this;
  }

  set(): void {}

  run<T>(work: () => T): T {
    const parent = parseTraceparent(this.context.traceparent)!;
    return contexts.with(remoteContext(this.context, parent), work);
  }

  end(): void {}
}
