import { once } from "node:events";
import type { ServerWritableStream } from "@grpc/grpc-js";
import { contextOf, type CallContext } from "../../call-context.ts";
import { toGrpcStatus } from "../../status.ts";

type StreamAnswerer = (request: Uint8Array, context: CallContext) => AsyncIterable<Uint8Array>;
type StreamCall = ServerWritableStream<Uint8Array, Uint8Array>;

/**
 * A method that answers one request with many messages: the next is made when the caller has room
 * for it, none once it is gone. A rejection becomes the call's status.
 */
export function serveDocumentStream(answer: StreamAnswerer): (call: StreamCall) => void {
  return (call) => {
    const context = contextOf(call, ignoreTrailer);
    void send(call, answer(call.request, context), context);
  };
}

async function send(
  call: StreamCall,
  answers: AsyncIterable<Uint8Array>,
  context: CallContext,
): Promise<void> {
  const { signal } = context;
  try {
    for await (const answer of answers) {
      if (signal.aborted) break;
      if (!call.write(answer)) await once(call, "drain", { signal });
    }
    call.end();
  } catch (error) {
    call.emit("error", toGrpcStatus(error));
  }
}

/** The head of the answer is out long before anything could be said in its end. */
function ignoreTrailer(): void {}
