import { toAbortSignal } from "../../cancellation.ts";
import { once } from "node:events";
import type { ServerWritableStream } from "@grpc/grpc-js";
import { contextOf, type CallContext } from "../../call-context.ts";
import { toGrpcStatus } from "../../status.ts";

type StreamAnswerer = (request: Uint8Array, context: CallContext) => AsyncIterable<Uint8Array>;
type StreamCall = ServerWritableStream<Uint8Array, Uint8Array>;

/**
 * Returns the handler of a method that answers one request with a stream. The next message is
 * requested when the client can receive it, and no more after the client disconnected. A rejection
 * becomes the status of the call.
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
  context: ReturnType<typeof contextOf>,
): Promise<void> {
  const signal = toAbortSignal(context.signal);
  try {
    for await (const answer of answers) {
      if (signal.aborted) break;
      if (!call.write(answer)) await once(call, "drain", { signal });
    }
    call.end();
  } catch (error) {
    call.emit("error", toGrpcStatus(error));
  } finally {
    context.signal.settle();
  }
}

/** A stream sends no trailers of its handler. */
function ignoreTrailer(): void {}
