import { JflowError, toJflowError } from "../util/errors.ts";
import { translateRangeErrors } from "../util/malformed.ts";
import { ProtoReader } from "../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../util/protobuf/proto-writer.ts";
import { endStream, type ClientStream, type ServerStream } from "./grpc.ts";
import type { MessageChannel } from "./message-channel.ts";
import { fromGrpcError, toGrpcStatus } from "./status.ts";

/** Encodes and decodes a channel's messages. A `JflowError` of `decode` ends the channel. */
export interface ChannelCodec<Out, In> {
  encode(message: Out): Uint8Array;
  decode(bytes: Uint8Array): In;
}

/** `drained` waits for the queue to fall below this. */
const LOW_WATER_BYTES = 1024 * 1024;

/** A stream of either side of a call. */
interface ChannelStream {
  readonly stream: ServerStream | ClientStream;
  end(): void;
  /** Ends the stream with an error. */
  fail(error: JflowError): void;
}

/** Returns the server's end of a bidirectional call. */
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
    channel.settle(new JflowError("UNAVAILABLE", "the other side disconnected")),
  );
  stream.on("error", (error: unknown) => channel.settle(toJflowError(error)));
  return channel;
}

/** Returns the client's end of a bidirectional call. Errors name `peer`. */
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

/** Returns the codec of messages with a JSON text in field 1. */
export function jsonCodec<Out, In>(): ChannelCodec<Out, In> {
  return {
    encode: (message) => encodeJson(message),
    decode: (bytes) => decodeJson(bytes) as In,
  };
}

/** Encodes a value as a message with its JSON text in field 1. */
export function encodeJson(value: unknown): Uint8Array {
  return new ProtoWriter(512).putString(1, JSON.stringify(value)).finish();
}

/** Decodes a message of `encodeJson`. Throws `INVALID_ARGUMENT` for other bytes. */
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

/** Throws `INVALID_ARGUMENT` for text that is not valid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JflowError("INVALID_ARGUMENT", "a message is not valid JSON", { cause: error });
  }
}

class StreamChannel<Out, In> implements MessageChannel<Out, In> {
  readonly #stream: ChannelStream;
  readonly #codec: ChannelCodec<Out, In>;
  #listener: ((message: In) => void) | undefined;
  /** The messages that arrived before the first listener was set. */
  readonly #early: In[] = [];
  readonly #closedListeners: ((error?: Error) => void)[] = [];
  #waiters: (() => void)[] = [];
  #queuedBytes = 0;
  #outcome: { readonly error: Error | undefined } | undefined;

  constructor(stream: ChannelStream, codec: ChannelCodec<Out, In>) {
    this.#stream = stream;
    this.#codec = codec;
    stream.stream.on("data", (bytes: Uint8Array) => this.#receive(bytes));
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
    this.#stream.stream.write(bytes, () => {
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
    this.#stream.end();
    this.settle(undefined);
  }

  /** Closes the channel with its outcome. Later outcomes are ignored. */
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
      this.#stream.fail(known);
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
