import type { ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import type { Cancellation } from "./cancellation.ts";
import { CallSignal } from "./call-signal.ts";
import { readMetadata } from "./grpc.ts";

/** The context of a request, which its handler receives with the bytes. */
export interface CallContext {
  /** Aborted when the client is gone or its deadline has passed. */
  readonly signal: Cancellation;
  /** The call's deadline, in milliseconds since 1970. */
  readonly deadlineMs?: number;
  /** The call's metadata: text values by lower-case key. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The number of the request in its stream, from 0; absent on unary calls. */
  readonly position?: number;
  /** Adds trailing metadata. Unary calls send it; streams ignore it. */
  setTrailer(key: string, value: string): void;
}

/** Returns the context of a call that carries one request. Settle its signal after the answer. */
export function contextOf(
  call: ServerUnaryCall<Uint8Array, Uint8Array> | ServerWritableStream<Uint8Array, Uint8Array>,
  setTrailer: CallContext["setTrailer"],
): CallContext & { readonly signal: CallSignal } {
  const signal = new CallSignal();
  call.on("cancelled", () =>
    signal.abort("CANCELLED", "the client cancelled the request or disconnected"),
  );
  const deadlineMs = deadlineOf(call);
  return {
    signal,
    metadata: readMetadata(call.metadata),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    setTrailer,
  };
}

/** Returns a call's deadline in milliseconds since 1970; undefined if it has none. */
export function deadlineOf(call: { getDeadline(): Date | number }): number | undefined {
  const deadline = Number(call.getDeadline());
  return Number.isFinite(deadline) ? deadline : undefined;
}
