import type { CallContext } from "../../call-context.ts";
import type { RequestStatus } from "../messages/header.ts";

/**
 * Answers the requests of Jina's protocol. A rejection becomes the gRPC status of a unary call; on
 * a stream it becomes an answer with `header.status` ERROR.
 */
export interface JinaHandler {
  /** Takes and returns a `DataRequestProto`. */
  call(request: Uint8Array, context: CallContext): Promise<Uint8Array>;
  /**
   * Takes and yields `SingleDocumentRequestProto`: one document in, many out. A rejection becomes
   * the status of the call. Absent: the method is not served.
   */
  streamDoc?(request: Uint8Array, context: CallContext): AsyncIterable<Uint8Array>;
  /** Absent: SUCCESS while the server serves. */
  dryRun?(context: CallContext): Promise<RequestStatus>;
}
