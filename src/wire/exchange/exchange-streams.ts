import { randomUUID } from "node:crypto";
import { Client, credentials } from "@grpc/grpc-js";
import { channelOptions, closeClientAfter, endStream, type ClientStream } from "../grpc.ts";
import { JflowError, toJflowError } from "../../util/errors.ts";
import { fromGrpcError } from "../status.ts";
import { connectionMetadata, WORKER, type StreamPart } from "./exchange-methods.ts";
import { FrameWriter, LARGE_FRAME_BYTES, readFrames } from "./frame-stream.ts";
import type { EncodedFrame, Frame } from "./frames.ts";

/** What the owner of a connection is told. */
export interface ExchangeEvents {
  /** The worker has answered: what waited is on its way. */
  onOpen(): void;
  /** An answer: a reply or an error frame. */
  onFrame(frame: Frame): void;
  /** The connection is over, once. `wasOpen`: it had been established. */
  onOver(error: JflowError, wasOpen: boolean): void;
}

/**
 * One attempt at a hop: two streams of one channel of its own. What is written before both are
 * there waits for them.
 */
export class ExchangeStreams {
  readonly #client: Client;
  readonly #target: string;
  readonly #events: ExchangeEvents;
  readonly #streams = new Map<
    StreamPart,
    { readonly stream: ClientStream; readonly writer: FrameWriter }
  >();
  readonly #greeted = new Set<StreamPart>();
  #waiting: EncodedFrame[] = [];
  #waitingBytes = 0;
  #state: "connecting" | "open" | "over" = "connecting";

  constructor(target: string, maxMessageBytes: number, events: ExchangeEvents) {
    this.#target = target;
    this.#events = events;
    this.#client = new Client(
      target,
      credentials.createInsecure(),
      channelOptions(maxMessageBytes),
    );
    const hop = randomUUID();
    this.#openStream(hop, "small");
    this.#openStream(hop, "large");
    closeClientAfter(
      this.#client,
      Array.from(this.#streams.values(), ({ stream }) => stream),
    );
  }

  /** The worker has answered: frames go out at once. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Bytes that wait here. */
  get queuedBytes(): number {
    let sum = this.#waitingBytes;
    for (const { writer } of this.#streams.values()) sum += writer.queuedBytes;
    return sum;
  }

  write(frame: EncodedFrame, part: StreamPart = partOf(frame)): void {
    if (this.#state === "open") this.#streams.get(part)?.writer.write(frame);
    else if (this.#state === "connecting") this.#hold(frame);
  }

  /** Ends the streams in order: what was written goes out. */
  close(): void {
    if (this.#state === "over") return;
    for (const { stream, writer } of this.#streams.values()) {
      writer.flush();
      endStream(stream);
    }
    this.#finish(new JflowError("CANCELLED", `the way to ${this.#target} was closed`));
  }

  #openStream(hop: string, part: StreamPart): void {
    const { path, requestSerialize, responseDeserialize } = WORKER.exchange;
    const stream = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      connectionMetadata(hop, part),
    );
    this.#streams.set(part, { stream, writer: new FrameWriter(stream) });
    stream.on("metadata", () => this.#greet(part));
    stream.on("data", (message: Uint8Array) => this.#receive(message));
    stream.on("error", (error: unknown) => this.#fail(fromGrpcError(error, this.#target)));
    stream.on("end", () =>
      this.#fail(new JflowError("UNAVAILABLE", `${this.#target} ended the connection`)),
    );
  }

  #hold(frame: EncodedFrame): void {
    this.#waiting.push(frame);
    this.#waitingBytes += frame.bytes;
  }

  #greet(part: StreamPart): void {
    this.#greeted.add(part);
    if (this.#state !== "connecting" || this.#greeted.size < 2) return;
    this.#state = "open";
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
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
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#events.onOver(error, wasOpen);
  }
}

/** The stream a frame goes on. */
export function partOf(frame: EncodedFrame): StreamPart {
  return frame.bytes > LARGE_FRAME_BYTES ? "large" : "small";
}
