import { randomUUID } from "node:crypto";
import { Client, credentials } from "@grpc/grpc-js";
import { channelOptions, closeClientAfter, endStream, type ClientStream } from "../grpc.ts";
import { JflowError, toJflowError } from "../../util/errors.ts";
import { fromGrpcError } from "../status.ts";
import { connectionMetadata, WORKER, type StreamPart } from "./exchange-methods.ts";
import { FrameWriter, LARGE_FRAME_BYTES, readFrames } from "./frame-stream.ts";
import type { EncodedFrame, Frame } from "./frames.ts";

/** The events of a pair of streams. */
export interface ExchangeEvents {
  /** Both streams are open, and waiting frames were written. */
  onOpen(): void;
  /** A reply or an error frame arrived. */
  onFrame(frame: Frame): void;
  /** The streams are over. Called once. `wasOpen`: they had been open. */
  onOver(error: JflowError, wasOpen: boolean): void;
}

/**
 * The two streams of one connection attempt, on a channel of their own. Frames that are written
 * before both streams are open wait.
 */
export class ExchangeStreams {
  readonly #client: Client;
  readonly #target: string;
  readonly #events: ExchangeEvents;
  readonly #streams = new Map<
    StreamPart,
    { readonly stream: ClientStream; readonly writer: FrameWriter }
  >();
  readonly #opened = new Set<StreamPart>();
  #queue: EncodedFrame[] = [];
  #queueBytes = 0;
  #state: "connecting" | "open" | "over" = "connecting";

  constructor(target: string, maxMessageBytes: number, events: ExchangeEvents) {
    this.#target = target;
    this.#events = events;
    this.#client = new Client(
      target,
      credentials.createInsecure(),
      channelOptions(maxMessageBytes),
    );
    const connection = randomUUID();
    this.#openStream(connection, "small");
    this.#openStream(connection, "large");
    closeClientAfter(
      this.#client,
      Array.from(this.#streams.values(), ({ stream }) => stream),
    );
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** The bytes that wait to be written. */
  get queuedBytes(): number {
    let sum = this.#queueBytes;
    for (const { writer } of this.#streams.values()) sum += writer.queuedBytes;
    return sum;
  }

  write(frame: EncodedFrame, part: StreamPart = partOf(frame)): void {
    if (this.#state === "open") this.#streams.get(part)?.writer.write(frame);
    else if (this.#state === "connecting") this.#enqueue(frame);
  }

  /** Ends both streams after the written frames. */
  close(): void {
    if (this.#state === "over") return;
    for (const { stream, writer } of this.#streams.values()) {
      writer.flush();
      endStream(stream);
    }
    this.#finish(new JflowError("CANCELLED", `the connection to ${this.#target} was closed`));
  }

  #openStream(connection: string, part: StreamPart): void {
    const { path, requestSerialize, responseDeserialize } = WORKER.exchange;
    const stream = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      connectionMetadata(connection, part),
    );
    this.#streams.set(part, { stream, writer: new FrameWriter(stream) });
    stream.on("metadata", () => this.#noteOpen(part));
    stream.on("data", (message: Uint8Array) => this.#receive(message));
    stream.on("error", (error: unknown) => this.#fail(fromGrpcError(error, this.#target)));
    stream.on("end", () =>
      this.#fail(new JflowError("UNAVAILABLE", `${this.#target} ended the connection`)),
    );
  }

  #enqueue(frame: EncodedFrame): void {
    this.#queue.push(frame);
    this.#queueBytes += frame.bytes;
  }

  #noteOpen(part: StreamPart): void {
    this.#opened.add(part);
    if (this.#state !== "connecting" || this.#opened.size < 2) return;
    this.#state = "open";
    const waiting = this.#queue;
    this.#queue = [];
    this.#queueBytes = 0;
    for (const frame of waiting) this.write(frame);
    this.#events.onOpen();
  }

  #receive(message: Uint8Array): void {
    try {
      for (const frame of readFrames(message)) this.#events.onFrame(frame);
    } catch (error) {
      this.#fail(toJflowError(error));
    }
  }

  #fail(error: JflowError): void {
    if (this.#state === "over") return;
    for (const { stream } of this.#streams.values()) stream.cancel();
    this.#finish(error);
  }

  #finish(error: JflowError): void {
    const wasOpen = this.#state === "open";
    this.#state = "over";
    this.#queue = [];
    this.#queueBytes = 0;
    this.#events.onOver(error, wasOpen);
  }
}

/** Returns the stream that carries a frame. */
export function partOf(frame: EncodedFrame): StreamPart {
  return frame.bytes > LARGE_FRAME_BYTES ? "large" : "small";
}
