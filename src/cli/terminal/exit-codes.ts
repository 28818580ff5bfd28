import type { ErrorCode } from "../../util/errors.ts";

/** What `jflow` exits with; part of its contract with scripts. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Wrong usage, or a wrong flow file. */
  usage: 2,
  /** No such flow, executor or file. */
  notFound: 3,
  /** Not ready, or timed out. */
  notReady: 4,
  /** Some documents failed. */
  partial: 5,
  interrupted: 130,
  terminated: 143,
} as const;

const BY_CODE: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: EXIT.usage,
  FLOW_INVALID: EXIT.usage,
  UNIMPLEMENTED: EXIT.usage,
  NOT_FOUND: EXIT.notFound,
  NOT_READY: EXIT.notReady,
  DEADLINE_EXCEEDED: EXIT.notReady,
  ALREADY_EXISTS: EXIT.failed,
  UNAVAILABLE: EXIT.failed,
  CANCELLED: EXIT.interrupted,
  EXECUTOR_FAILED: EXIT.failed,
  RESOURCE_EXHAUSTED: EXIT.failed,
  FAILED_PRECONDITION: EXIT.failed,
  DATA_LOSS: EXIT.failed,
  INTERNAL: EXIT.failed,
};

/** The exit code that tells a script what went wrong. */
export function exitCodeOf(code: ErrorCode): number {
  return BY_CODE[code];
}
