import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { contextOf, type CallContext } from "./call-context.ts";
import { respond } from "./status.ts";

type UnaryHandler = (
  call: ServerUnaryCall<Uint8Array, Uint8Array>,
  callback: sendUnaryData<Uint8Array>,
) => void;

/**
 * Returns the grpc-js handler of a unary method. A rejection becomes the status of the call.
 * Trailers are sent with an answer and with an error alike.
 */
export function serveUnary(
  answer: (request: Uint8Array, context: CallContext) => Promise<Uint8Array>,
): UnaryHandler {
  return (call, callback) => {
    const trailers: Record<string, string> = {};
    const context = contextOf(call, (key, value) => {
      trailers[key] = value;
    });
    // grpc-js reports the end of each call as a cancellation.
    void respond(answer(call.request, context), callback, trailers).then(() =>
      context.signal.settle(),
    );
  };
}
