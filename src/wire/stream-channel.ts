import { JflowError, toJflowError } from "../util/errors.ts";
import { translateRangeErrors } from "../util/malformed.ts";
import { ProtoReader } from "../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../util/protobuf/proto-writer.ts";
import { endStream, type ClientStream, type ServerStream } from "./grpc.ts";
import type { MessageChannel } from "./message-channel.ts";
import { fromGrpcError, toGrpcStatus } from "./status.ts";

/**
 * How a channel's messages become bytes, and bytes messages. `decode` throws a `JflowError` for
 * malformed ones: the channel then ends.
 */
export interface ChannelCodec<Out, In> {
  encode(message: Out): Uint8Array;
  decode(bytes: Uint8Array): In;
}

/** `drained` waits for the queue to fall below this. */
const LOW_WATER_BYTES = 1024 * 1024;

/** The two ends of a stream, seen alike: how it is ended in order, and with an error. */
interface Ends {
  readonly stream: ServerStream | ClientStream;
  end(): void;
  fail(error: JflowError): void;
}

/** The server's end of a bidirectional call. */
export function channelOfServer<Out, In>(
  stream: ServerStream,
  codec: ChannelCodec<Out, In>,
): MessageChannel<Out, In> {
  const channel = new StreamChannel(
    {
      stream,
      end: () => stream.end(),
      fail: (error) => void stream.emit("error", toGrpcStatus(error)),
    },
    codec,
  );
  stream.on("end", () => channel.close());
  stream.on("cancelled", () =>
    channel.settle(new JflowError("UNAVAILABLE", "the other side is gone")),
  );
  stream.on("error", (error: unknown) => channel.settle(toJflowError(error)));
  return channel;
}

/** The client's end; `peer` is named in errors. */
export function channelOfClient<Out, In>(
  stream: ClientStream,
  codec: ChannelCodec<Out, In>,
  peer: string,
): MessageChannel<Out, In> {
  const channel = new StreamChannel(
    { stream, end: () => endStream(stream), fail: () => stream.cancel() },
    codec,
  );
  stream.on("error", (error: unknown) => channel.settle(fromGrpcError(error, peer)));
  stream.on("end", () => channel.close());
  return channel;
}

/** Messages that are JSON documents, in field 1. */
export function jsonCodec<Out, In>(): ChannelCodec<Out, In> {
  return {
    encode: (message) => encodeJson(message),
    decode: (bytes) => decodeJson(bytes) as In,
  };
}

/** A value as a message with its JSON text in field 1. */
export function encodeJson(value: unknown): Uint8Array {
  return new ProtoWriter(512).putString(1, JSON.stringify(value)).finish();
}

/** What `encodeJson` wrote. Throws `INVALID_ARGUMENT` for anything else. */
export function decodeJson(bytes: Uint8Array): unknown {
  const text = translateRangeErrors("a JSON message", () => {
    const reader = new ProtoReader(bytes);
    while (reader.next()) {
      if (reader.field === 1) return reader.string();
    }
    return "null";
  });
  return parseJson(text);
}

/** Throws `INVALID_ARGUMENT` for text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JflowError("INVALID_ARGUMENT", "a message is no JSON document", { cause: error });
  }
}

class StreamChannel<Out, In> implements MessageChannel<Out, In> {
  readonly #ends: Ends;
  readonly #codec: ChannelCodec<Out, In>;
  #listener: ((message: In) => void) | undefined;
  /** What came before there was a listener. */
  readonly #early: In[] = [];
  readonly #closedListeners: ((error?: Error) => void)[] = [];
  #waiters: (() => void)[] = [];
  #queuedBytes = 0;
  #outcome: { readonly error: Error | undefined } | undefined;

  constructor(ends: Ends, codec: ChannelCodec<Out, In>) {
    this.#ends = ends;
    this.#codec = codec;
    ends.stream.on("data", (bytes: Uint8Array) => this.#receive(bytes));
  }

  get closed(): boolean {
    return this.#outcome !== undefined;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(message: Out): void {
    if (this.#outcome) return;
    const bytes = this.#codec.encode(message);
    this.#queuedBytes += bytes.length;
    this.#ends.stream.write(bytes, () => {
      this.#queuedBytes -= bytes.length;
      if (this.#queuedBytes < LOW_WATER_BYTES) this.#wake();
    });
  }

  onMessage(listener: (message: In) => void): void {
    this.#listener = listener;
    for (const message of this.#early.splice(0)) listener(message);
  }

  onClosed(listener: (error?: Error) => void): void {
    if (this.#outcome) listener(this.#outcome.error);
    else this.#closedListeners.push(listener);
  }

  async drained(): Promise<void> {
    if (this.closed || this.#queuedBytes < LOW_WATER_BYTES) return;
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  close(): void {
    if (this.#outcome) return;
    this.#ends.end();
    this.settle(undefined);
  }

  /** The channel is over; the first outcome counts. */
  settle(error: Error | undefined): void {
    if (this.#outcome) return;
    this.#outcome = { error };
    this.#wake();
    for (const listener of this.#closedListeners.splice(0)) listener(error);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#outcome) return;
    let message: In;
    try {
      message = this.#codec.decode(bytes);
    } catch (error) {
      const known = toJflowError(error);
      this.#ends.fail(known);
      this.settle(known);
      return;
    }
    if (this.#listener) this.#listener(message);
    else this.#early.push(message);
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
