/**
 * Every way jflow itself can fail, as a closed list: `wire/status.ts` translates each to a gRPC
 * status and `cli/` to an exit code, so a new member is a compile error until both know it.
 */
export type ErrorCode =
  /** The flow file is wrong, or a request's arguments are. */
  | "INVALID_ARGUMENT"
  /** The flow file is wrong; the message holds every diagnostic. */
  | "FLOW_INVALID"
  /** No such flow, deployment, shard, replica or file. */
  | "NOT_FOUND"
  /** It is there already: a running flow, a taken port. */
  | "ALREADY_EXISTS"
  /**
   * Nobody can answer now: no replica ready, no primary, a lost connection. Trying again is safe.
   */
  | "UNAVAILABLE"
  /** The deadline passed; for a write this means unknown. */
  | "DEADLINE_EXCEEDED"
  /** The caller went away. */
  | "CANCELLED"
  /** The user's executor threw. */
  | "EXECUTOR_FAILED"
  /** A queue or message limit was reached, or a disk is full. */
  | "RESOURCE_EXHAUSTED"
  /** The state does not allow it: a changed shard count, a shard without an in-sync copy. */
  | "FAILED_PRECONDITION"
  /** A file of ours is damaged: a log record, a snapshot. */
  | "DATA_LOSS"
  /** A key or a feature that is not built. */
  | "UNIMPLEMENTED"
  /** A child could not start or the flow did not become ready. */
  | "NOT_READY"
  /** A defect of jflow. */
  | "INTERNAL";

/** What an executor's exception carries to the client: Jina's `ExceptionProto`. */
export interface ExceptionDetails {
  readonly name: string;
  readonly args: readonly string[];
  readonly stacks: readonly string[];
  readonly executor: string;
}

/**
 * The one error class of jflow. `message` is for people and names the cause and, where there is
 * one, the next step.
 */
export class JflowError extends Error {
  override readonly name: string = "JflowError";
  readonly code: ErrorCode;
  /** Set when `code` is `EXECUTOR_FAILED`. */
  readonly exception: ExceptionDetails | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options?: ErrorOptions & { exception?: ExceptionDetails },
  ) {
    super(message, options);
    this.code = code;
    this.exception = options?.exception;
  }
}

/**
 * Anything thrown, as a `JflowError`: itself if it is one, else `INTERNAL` with the original as
 * cause.
 */
export function toJflowError(thrown: unknown): JflowError {
  if (thrown instanceof JflowError) return thrown;
  if (thrown instanceof Error) return new JflowError("INTERNAL", thrown.message, { cause: thrown });
  return new JflowError("INTERNAL", String(thrown));
}
