import type { ErrorCode } from "../../util/errors.ts";

/** The exit codes of `jflow`. Scripts rely on them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notReady: 4,
  partial: 5,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** The meaning of each exit code, for the documentation. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: "Success",
  failed: "Failure",
  usage: "Wrong usage, or a flow file that is not valid",
  notFound: "The flow, address or file does not exist, or the flow is not running",
  notReady: "Not ready, or timed out",
  partial: "Some documents failed",
  hungUp: "The terminal was closed (SIGHUP)",
  interrupted: "Interrupted by Ctrl-C (SIGINT)",
  terminated: "Terminated by SIGTERM",
};

const EXIT_BY_ERROR: Readonly<Record<ErrorCode, number>> = {
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
  OVERLOADED: EXIT.failed,
  RESOURCE_EXHAUSTED: EXIT.failed,
  TOO_LARGE: EXIT.failed,
  FAILED_PRECONDITION: EXIT.failed,
  DATA_LOSS: EXIT.failed,
  INTERNAL: EXIT.failed,
};

/** Returns the exit code of a command that ended with an error. */
export function exitCodeOf(code: ErrorCode): number {
  return EXIT_BY_ERROR[code];
}
