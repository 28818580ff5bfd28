import type { sendUnaryData, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { JflowError } from "../../util/errors.ts";
import { CallSignal } from "../call-signal.ts";
import { readMetadata } from "../grpc.ts";
import { respond } from "../status.ts";
import { deadlineOf } from "./call-stream.ts";
import type { JinaCallContext } from "./jina-handler.ts";

type UnaryHandler = (
  call: ServerUnaryCall<Uint8Array, Uint8Array>,
  callback: sendUnaryData<Uint8Array>,
) => void;

/**
 * A unary method on bytes: a rejection becomes the call's status, and trailers go out with either.
 */
export function serveUnary(
  answer: (request: Uint8Array, context: JinaCallContext) => Promise<Uint8Array>,
): UnaryHandler {
  return (call, callback) => {
    const trailers: Record<string, string> = {};
    const context = contextOf(call, (key, value) => {
      trailers[key] = value;
    });
    void respond(answer(call.request, context), callback, trailers);
  };
}

/** What a handler is told of a call with one request. */
export function contextOf(
  call: ServerUnaryCall<Uint8Array, Uint8Array> | ServerWritableStream<Uint8Array, Uint8Array>,
  setTrailer: JinaCallContext["setTrailer"],
): JinaCallContext {
  const signal = new CallSignal();
  call.on("cancelled", () =>
    signal.abort(new JflowError("CANCELLED", "the caller is gone or late")),
  );
  const deadlineMs = deadlineOf(call);
  return {
    get signal() {
      return signal.signal;
    },
    metadata: readMetadata(call.metadata),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    setTrailer,
  };
}
