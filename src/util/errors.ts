/**
 * The code of a `JflowError`. The list is closed: `wire/` maps each code to a gRPC status, and
 * `cli/` to an exit code.
 */
export type ErrorCode =
  /** An argument of a request or a command is wrong. */
  | "INVALID_ARGUMENT"
  /** The flow file is wrong. The message holds every diagnostic. */
  | "FLOW_INVALID"
  /** The flow, deployment, shard, replica or file does not exist. */
  | "NOT_FOUND"
  /** The flow already runs, or the port is taken. */
  | "ALREADY_EXISTS"
  /** No replica or primary is ready, or the connection was lost. Trying again is safe. */
  | "UNAVAILABLE"
  /** The deadline passed. The outcome of a write is unknown then. */
  | "DEADLINE_EXCEEDED"
  /** The client disconnected, or the request was cancelled. */
  | "CANCELLED"
  /** The user's executor threw. `exception` holds the details. */
  | "EXECUTOR_FAILED"
  /** The queue of a shard is full, and the request was not sent. Trying again later helps. */
  | "OVERLOADED"
  /** Another queue has reached its limit, or a disk is full. */
  | "RESOURCE_EXHAUSTED"
  /** A request or an answer is longer than `max_message_size`. Trying again does not help. */
  | "TOO_LARGE"
  /** The state does not allow the request: a changed shard count, a shard without in-sync copy. */
  | "FAILED_PRECONDITION"
  /** A file of jflow is damaged: a log, a snapshot, state.json. */
  | "DATA_LOSS"
  /** The key or the feature does not exist yet. */
  | "UNIMPLEMENTED"
  /** A process cannot start, or the flow is not ready in time. */
  | "NOT_READY"
  /** A defect of jflow. */
  | "INTERNAL";

/** An exception of an executor, as the client receives it: Jina's `ExceptionProto`. */
export interface ExceptionDetails {
  /** The class of the exception, such as `TypeError`. */
  readonly name: string;
  /** Its arguments as text; the message is the first. */
  readonly args: readonly string[];
  /** The lines of its stack trace. */
  readonly stacks: readonly string[];
  /** The class of the executor that threw. */
  readonly executor: string;
  /** The address of the replica that threw, which Jina does not have. */
  readonly replica?: string;
  /** The trace of the request, for the log of the replica. */
  readonly traceId?: string;
}

/**
 * The error class of jflow. The message names the cause and, if possible, the next step. Test
 * `code` to decide what to do.
 */
export class JflowError extends Error {
  override readonly name: string = "JflowError";
  readonly code: ErrorCode;
  /** The exception of the executor, when `code` is `EXECUTOR_FAILED`. */
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
 * Thrown by an executor that refuses a request as a whole, such as for an unknown parameter. Its
 * name is its code, so the client receives the code: HTTP status 400 for `INVALID_ARGUMENT`.
 */
export class RequestRefusal extends JflowError {
  override readonly name: string;

  constructor(code: "INVALID_ARGUMENT" | "UNIMPLEMENTED", message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = code;
  }
}

/**
 * Returns a thrown value as a `JflowError`. A value that is not one becomes `INTERNAL`, with the
 * original as its cause.
 */
export function toJflowError(thrown: unknown): JflowError {
  if (thrown instanceof JflowError) return thrown;
  if (thrown instanceof Error) return new JflowError("INTERNAL", thrown.message, { cause: thrown });
  return new JflowError("INTERNAL", String(thrown));
}
