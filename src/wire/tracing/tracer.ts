import type { TraceContext } from "../../util/tracing/trace-context.ts";

export type SpanKind = "server" | "client" | "internal";
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Why the work of a span failed. */
export interface SpanFailure {
  readonly code: string;
  readonly message?: string;
}

/** One piece of the work for a request, with a start and an end. */
export interface TraceSpan {
  readonly traceId: string;
  /** The context for work that belongs to this span, in this or in another process. */
  readonly context: TraceContext;
  startChild(name: string, kind: SpanKind, attributes: SpanAttributes): TraceSpan;
  set(attributes: SpanAttributes): void;
  /** Calls `work`. Until its promise settles, the span is the current one of OpenTelemetry. */
  run<T>(work: () => T): T;
  end(failure?: SpanFailure): void;
}

/** Starts spans and exports those that are sampled. */
export interface Tracer {
  /**
   * Starts the first span of this process for a request. A request without a trace begins one, if
   * it is sampled; otherwise returns undefined. A trace that is not sampled is passed on.
   */
  start(
    name: string,
    kind: SpanKind,
    parent: TraceContext | undefined,
    attributes: SpanAttributes,
  ): TraceSpan | undefined;
  /** The trace of the current span. */
  readonly currentTraceId: string | undefined;
  /** Exports what waits, for a bounded time. */
  close(): Promise<void>;
}
