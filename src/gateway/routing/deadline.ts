import { JflowError } from "../../util/errors.ts";

/** Who asks, and how long they wait. */
export interface Caller {
  /** Aborted when the caller is gone. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970; undefined: no deadline. */
  readonly deadlineMs: number | undefined;
}

/**
 * What is left until the caller's deadline, in milliseconds; undefined without one. Throws
 * `DEADLINE_EXCEEDED` when nothing is, `CANCELLED` when the caller is gone.
 */
export function remainingMs(caller: Caller, nowMs: number): number | undefined {
  if (caller.signal.aborted)
    throw new JflowError("CANCELLED", "the client cancelled the request or disconnected");
  if (caller.deadlineMs === undefined) return undefined;
  const left = caller.deadlineMs - nowMs;
  if (left <= 0) throw new JflowError("DEADLINE_EXCEEDED", "the request's deadline has passed");
  return left;
}

/** The shorter of two times in milliseconds, either of which may be missing. */
export function shorterMs(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

/** The same caller, who waits `timeoutMs` from now at most; undefined adds nothing. */
export function withTimeout(caller: Caller, timeoutMs: number | undefined, nowMs: number): Caller {
  if (timeoutMs === undefined) return caller;
  return { ...caller, deadlineMs: Math.min(caller.deadlineMs ?? Infinity, nowMs + timeoutMs) };
}
