/**
 * The trace that a request belongs to, as headers: https://www.w3.org/TR/trace-context/. Pass both
 * on with your own requests.
 */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** The parts of a `traceparent`. */
export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** Version 00 ends after the flags; later ones may go on. No id is all zeros. */
const TRACEPARENT =
  /^(?:00(?=-.{52}$)|(?!00|ff)[0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const SAMPLED = 1;
/** The specification asks for at least this much. A longer list is dropped. */
const MAX_TRACESTATE_CHARS = 512;

/** Returns the parts of a `traceparent`; undefined for text that the specification refuses. */
export function parseTraceparent(text: string): TraceParent | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** Headers or metadata. Node.js joins a repeated header with commas. */
export type TraceHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Returns the trace that headers name. A malformed `traceparent` counts as absent. */
export function readTraceContext(headers: TraceHeaders): TraceContext | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== "string" || parseTraceparent(traceparent) === undefined)
    return undefined;
  if (typeof tracestate !== "string" || tracestate.length > MAX_TRACESTATE_CHARS)
    return { traceparent };
  return { traceparent, tracestate };
}
