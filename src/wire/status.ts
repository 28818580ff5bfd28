import { Metadata, status as GRPC, type sendUnaryData } from "@grpc/grpc-js";
import { JflowError, toJflowError, type ErrorCode } from "../util/errors.ts";

/** Our own code of an error, as trailing metadata beside gRPC's, which has no word for some. */
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
  RESOURCE_EXHAUSTED: GRPC.RESOURCE_EXHAUSTED,
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

/**
 * An error as the status of a gRPC call: `code` is gRPC's number, our own travels in `metadata`.
 */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/** Any error, as the status of a gRPC call. `trailers` are added to its metadata. */
export function toGrpcStatus(
  error: unknown,
  trailers: Readonly<Record<string, string>> = {},
): GrpcStatus {
  const known = toJflowError(error);
  const metadata = metadataOf(trailers);
  metadata.set(CODE_KEY, known.code);
  return { code: TO_GRPC[known.code], details: known.message, metadata };
}

/** Ends a unary call with what `answer` comes to, and with `trailers` as they are then. */
export async function respond(
  answer: Promise<Uint8Array>,
  callback: sendUnaryData<Uint8Array>,
  trailers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const [result] = await Promise.allSettled([answer]);
  if (result.status === "fulfilled") callback(null, result.value, metadataOf(trailers));
  else callback(toGrpcStatus(result.reason, trailers));
}

/**
 * The error of a gRPC call that failed; `peer` (`host:port`) is named where the failure is one of
 * the connection.
 */
export function fromGrpcError(error: unknown, peer: string): JflowError {
  if (!isServiceError(error)) return toJflowError(error);
  const told = error.metadata?.get(CODE_KEY)[0];
  if (typeof told === "string" && isErrorCode(told))
    return new JflowError(told, error.details, { cause: error });
  const code = FROM_GRPC[error.code] ?? "INTERNAL";
  const where =
    code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED"
      ? `${peer}: ${sayUnavailable(error)}`
      : error.details;
  return new JflowError(code, where, { cause: error });
}

/** Whether a text is one of our codes. */
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

/** Whether a call failed before it left: there was no connection to send it on. */
export function wasNeverSent(error: JflowError): boolean {
  return (
    isServiceError(error.cause) &&
    /ECONNREFUSED|No connection established/.test(error.cause.details)
  );
}

/**
 * grpc-js says "No connection established. Last error: ..." and the like: the last part is the one
 * that helps.
 */
function sayUnavailable(error: ServiceErrorLike): string {
  if (/ECONNREFUSED/.test(error.details)) return "connection refused: nothing listens there";
  return error.details.replace(/^No connection established\. Last error: /, "");
}
