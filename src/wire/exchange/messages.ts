import type { TraceContext } from "../../util/tracing/trace-context.ts";

/** A call of a worker: one request, or several at a join and in `uses_after`. */
export interface WorkerRequest {
  /** `header.exec_endpoint` of the requests. */
  readonly endpoint: string;
  /** The time until the deadline, in milliseconds. */
  readonly timeoutMs?: number;
  /** The permanent id of a write; absent for a read. */
  readonly operationId?: string;
  /** The write runs with no other write in flight, because it may have ended a process before. */
  readonly alone?: boolean;
  /** `DataRequestProto`s. */
  readonly requests: readonly Uint8Array[];
  /** The deployment that each of several requests came from, for `docsMap`. */
  readonly deployments?: readonly string[];
  /** The trace that the call belongs to. */
  readonly trace?: TraceContext;
}

export interface WorkerReply {
  /** A `DataRequestProto`. */
  readonly response: Uint8Array;
  /** The executor threw; the error is in the response's `header.status`. */
  readonly isError: boolean;
  /** For a replicated write: the number of copies, and of the copies that hold the write. */
  readonly copies?: {
    readonly total: number;
    readonly successful: number;
    readonly failed: number;
  };
}
