/** What a worker is asked: one request, or several at a join and in `uses_after`. */
export interface WorkerRequest {
  /** `header.exec_endpoint` of the requests. */
  readonly endpoint: string;
  /** What is left of the deadline, in milliseconds. */
  readonly timeoutMs?: number;
  /** Names a write for ever; absent: not a write. */
  readonly operationId?: string;
  /** The write is to run with no other one in flight: it may have ended a process before. */
  readonly alone?: boolean;
  /** `DataRequestProto`s. */
  readonly requests: readonly Uint8Array[];
  /** Of several requests: the deployment each came from, for `docsMap`. */
  readonly deployments?: readonly string[];
}

export interface WorkerReply {
  /** A `DataRequestProto`. */
  readonly response: Uint8Array;
  /** The executor threw: `header.status` of the response says what. */
  readonly isError: boolean;
  /** Of a replicated write: how many copies there are, and how many hold it. */
  readonly copies?: {
    readonly total: number;
    readonly successful: number;
    readonly failed: number;
  };
}
