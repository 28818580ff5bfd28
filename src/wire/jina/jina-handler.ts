import type { RequestStatus } from "./messages.ts";

/** What a front is told about a call beside its bytes. */
export interface JinaCallContext {
  /** Aborted when the caller is gone or its deadline has passed. */
  readonly signal: AbortSignal;
  /** The call's deadline, in milliseconds since 1970. */
  readonly deadlineMs?: number;
  /** The call's metadata: text values by lower-case key. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The number of the request in its stream, from 0; absent on unary calls. */
  readonly position?: number;
  /** Adds trailing metadata; only unary calls carry it. */
  setTrailer(key: string, value: string): void;
}

/**
 * Who answers the requests. A rejection becomes the gRPC status of a unary call, and on a stream an
 * answer with `header.status` ERROR.
 */
export interface JinaHandler {
  /** Both sides are `DataRequestProto`. */
  call(request: Uint8Array, context: JinaCallContext): Promise<Uint8Array>;
  /**
   * Both sides are `SingleDocumentRequestProto`: one document goes in, many come out. A rejection
   * becomes the status of the call. Absent: not served.
   */
  streamDoc?(request: Uint8Array, context: JinaCallContext): AsyncIterable<Uint8Array>;
  /** Absent: SUCCESS while serving. */
  dryRun?(context: JinaCallContext): Promise<RequestStatus>;
}
