import { Metadata, status as GRPC, type sendUnaryData } from "@grpc/grpc-js";
import { JflowError, toJflowError, type ErrorCode } from "../util/errors.ts";

/** Trailing metadata with jflow's error code: gRPC does not have all of jflow's codes. */
const CODE_KEY = "jflow-code";

const TO_GRPC: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: GRPC.INVALID_ARGUMENT,
  FLOW_INVALID: GRPC.INVALID_ARGUMENT,
  NOT_FOUND: GRPC.NOT_FOUND,
  ALREADY_EXISTS: GRPC.ALREADY_EXISTS,
  UNAVAILABLE: GRPC.UNAVAILABLE,
  DEADLINE_EXCEEDED: GRPC.DEADLINE_EXCEEDED,
  CANCELLED: GRPC.CANCELLED,
  EXECUTOR_FAILED: GRPC.UNKNOWN,
  OVERLOADED: GRPC.RESOURCE_EXHAUSTED,
  RESOURCE_EXHAUSTED: GRPC.RESOURCE_EXHAUSTED,
  TOO_LARGE: GRPC.RESOURCE_EXHAUSTED,
  FAILED_PRECONDITION: GRPC.FAILED_PRECONDITION,
  DATA_LOSS: GRPC.DATA_LOSS,
  UNIMPLEMENTED: GRPC.UNIMPLEMENTED,
  NOT_READY: GRPC.UNAVAILABLE,
  INTERNAL: GRPC.INTERNAL,
};

const FROM_GRPC: Readonly<Record<number, ErrorCode>> = {
  [GRPC.CANCELLED]: "CANCELLED",
  [GRPC.INVALID_ARGUMENT]: "INVALID_ARGUMENT",
  [GRPC.DEADLINE_EXCEEDED]: "DEADLINE_EXCEEDED",
  [GRPC.NOT_FOUND]: "NOT_FOUND",
  [GRPC.ALREADY_EXISTS]: "ALREADY_EXISTS",
  [GRPC.PERMISSION_DENIED]: "FAILED_PRECONDITION",
  [GRPC.RESOURCE_EXHAUSTED]: "RESOURCE_EXHAUSTED",
  [GRPC.FAILED_PRECONDITION]: "FAILED_PRECONDITION",
  [GRPC.OUT_OF_RANGE]: "INVALID_ARGUMENT",
  [GRPC.UNIMPLEMENTED]: "UNIMPLEMENTED",
  [GRPC.UNAVAILABLE]: "UNAVAILABLE",
  [GRPC.DATA_LOSS]: "DATA_LOSS",
  [GRPC.UNAUTHENTICATED]: "FAILED_PRECONDITION",
};

/** The status of a gRPC call. `code` is gRPC's number; jflow's code is in `metadata`. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/** Converts any error to the status of a gRPC call, with `trailers` in its metadata. */
export function toGrpcStatus(
  error: unknown,
  trailers: Readonly<Record<string, string>> = {},
): GrpcStatus {
  const known = toJflowError(error);
  const metadata = metadataOf(trailers);
  metadata.set(CODE_KEY, known.code);
  return { code: TO_GRPC[known.code], details: known.message, metadata };
}

/** Ends a unary call with the result of `answer`, and with the trailers set by then. */
export async function respond(
  answer: Promise<Uint8Array>,
  callback: sendUnaryData<Uint8Array>,
  trailers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const [result] = await Promise.allSettled([answer]);
  if (result.status === "fulfilled") callback(null, result.value, metadataOf(trailers));
  else callback(toGrpcStatus(result.reason, trailers));
}

/** Converts the error of a gRPC call. A failure of the connection names `peer` (`host:port`). */
export function fromGrpcError(error: unknown, peer: string): JflowError {
  if (!isServiceError(error)) return toJflowError(error);
  const ownCode = error.metadata?.get(CODE_KEY)[0];
  if (typeof ownCode === "string" && isErrorCode(ownCode))
    return new JflowError(ownCode, error.details, { cause: error });
  const code = FROM_GRPC[error.code] ?? "INTERNAL";
  const message =
    code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED"
      ? `${peer}: ${describeUnavailable(error)}`
      : error.details;
  return new JflowError(code, message, { cause: error });
}

/** Returns whether a text is one of jflow's error codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(TO_GRPC, text);
}

function metadataOf(values: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(values)) metadata.set(key, value);
  return metadata;
}

interface ServiceErrorLike {
  readonly code: number;
  readonly details: string;
  readonly metadata?: Metadata;
}

function isServiceError(error: unknown): error is ServiceErrorLike {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "number" &&
    "details" in error
  );
}

/** Returns whether a call failed before it was sent, because there was no connection. */
export function wasNeverSent(error: JflowError): boolean {
  return (
    isServiceError(error.cause) &&
    /ECONNREFUSED|No connection established/.test(error.cause.details)
  );
}

/** Says what grpc-js says, without its general parts: the last error is the cause. */
function describeUnavailable(error: ServiceErrorLike): string {
  if (/ECONNREFUSED/.test(error.details)) return "connection refused: no process listens there";
  const cause = error.details.replace(/^No connection established\. Last error: /, "");
  return cause.startsWith("Failed to connect")
    ? "no connection: the process that listens there accepts none (jflow ps shows why), or does not speak gRPC"
    : cause;
}
