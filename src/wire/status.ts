import type { JflowError } from "../model/errors.ts";
import type { RequestStatus } from "./jina/messages.ts";

/** An error as a gRPC status: `code` is gRPC's number; our own code travels beside it as trailing metadata `jflow-code`. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

/** Any error, as the status of a gRPC call. */
export declare function toGrpcStatus(error: unknown): GrpcStatus;
/** The error of a gRPC call that failed; `peer` (`host:port`) is named in the message. */
export declare function fromGrpcError(error: unknown, peer: string): JflowError;
/** Any error, as `header.status` of an answer: Jina's `StatusProto`, code ERROR. */
export declare function toRequestStatus(error: unknown): RequestStatus;
