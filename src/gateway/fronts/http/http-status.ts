import type { ErrorCode, JflowError } from "../../../util/errors.ts";

/**
 * The HTTP status of each way to fail. An executor's exception is none of them: Jina answers it
 * with 200 and `header.status` (`reference/jina.md` 2).
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
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 503,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  NOT_READY: 503,
  INTERNAL: 500,
};

/** The status of a request that was not answered. */
export function httpStatusOf(error: JflowError): number {
  return STATUS[error.code];
}

/**
 * The status of a write that was not acknowledged: 503, whatever kept the shard, unless the request
 * itself is refused.
 */
export function writeStatusOf(error: JflowError): number {
  const status = STATUS[error.code];
  return status === 400 || status === 501 ? status : 503;
}
