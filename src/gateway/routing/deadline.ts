import type { Cancellation } from "../../wire/cancellation.ts";
import type { TraceSpan } from "../../wire/tracing/tracer.ts";
import { JflowError } from "../../util/errors.ts";

/** The client of a request, and how long it waits. */
export interface Caller {
  /** Aborted when the client disconnects or cancels. */
  readonly signal: Cancellation;
  /** Milliseconds since 1970; undefined: no deadline. */
  readonly deadlineMs: number | undefined;
  /** The milliseconds of the flow's own `timeout_send`, if it set the deadline. */
  readonly flowTimeoutMs?: number | undefined;
  /** The span of the request, if the request has a trace. */
  readonly span?: TraceSpan | undefined;
}

/**
 * Returns the milliseconds until the caller's deadline; undefined without one. Throws
 * `DEADLINE_EXCEEDED` if the deadline has passed, `CANCELLED` if the client is gone.
 */
export function remainingMs(caller: Caller, nowMs: number): number | undefined {
  if (caller.signal.aborted)
    throw new JflowError("CANCELLED", "the client cancelled the request or disconnected");
  if (caller.deadlineMs === undefined) return undefined;
  const left = caller.deadlineMs - nowMs;
  if (left <= 0) throw new JflowError("DEADLINE_EXCEEDED", "the request's deadline has passed");
  return left;
}

/** Returns the shorter of two times in milliseconds, either of which may be missing. */
export function shorterMs(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

/**
 * Returns the caller with a deadline of at most `timeoutMs` from now; undefined does not add a
 * deadline.
 */
export function withTimeout(caller: Caller, timeoutMs: number | undefined, nowMs: number): Caller {
  if (timeoutMs === undefined) return caller;
  return { ...caller, deadlineMs: Math.min(caller.deadlineMs ?? Infinity, nowMs + timeoutMs) };
}
