import type { ErrorCode, JflowError } from "../../util/errors.ts";

/**
 * The HTTP status of each kind of error. The exception of an executor is not in the table, because
 * Jina answers with 200 and `header.status`
 * (https://github.com/jina-ai/jina/blob/v3.27.0/jina/serve/runtimes/gateway/http_fastapi_app.py).
 */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  FLOW_INVALID: 500,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
  CANCELLED: 499,
  EXECUTOR_FAILED: 200,
  OVERLOADED: 429,
  RESOURCE_EXHAUSTED: 429,
  TOO_LARGE: 413,
  FAILED_PRECONDITION: 503,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  NOT_READY: 503,
  INTERNAL: 500,
};

/** Returns the status of a request that was not answered. */
export function httpStatusOf(error: JflowError): number {
  return STATUS[error.code];
}

/** Errors of writes that no shard has received. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  "INVALID_ARGUMENT",
  "TOO_LARGE",
  "OVERLOADED",
  "UNIMPLEMENTED",
]);

/**
 * Returns the status of a write that was not acknowledged: 503, unless the request itself is
 * refused.
 */
export function writeStatusOf(error: JflowError): number {
  const isRefused = REFUSALS.has(error.code);
  return isRefused ? STATUS[error.code] : STATUS.UNAVAILABLE;
}
