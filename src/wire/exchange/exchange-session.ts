import { Metadata } from "@grpc/grpc-js";
import type { Cancellation } from "../cancellation.ts";
import { JflowError, toJflowError } from "../../util/errors.ts";
import { CallSignal } from "../call-signal.ts";
import type { ServerStream } from "../grpc.ts";
import { answerTooLarge } from "../message-size.ts";
import { toGrpcStatus } from "../status.ts";
import { CallTurns } from "./call-turns.ts";
import { readConnectionMetadata, type StreamPart } from "./exchange-methods.ts";
import { FrameWriter, LARGE_FRAME_BYTES, readFrames } from "./frame-stream.ts";
import { encodeFrame, type EncodedFrame, type Frame } from "./frames.ts";
import type { WorkerReply, WorkerRequest } from "./messages.ts";
import { decodeCall, encodeFailure, encodeReply } from "./payloads.ts";

/**
 * Answers the calls of gateways of jflow and of Jina. `signal` aborts when the gateway cancels the
 * call or disconnects, and when the deadline passes.
 */
export type WorkerHandler = (request: WorkerRequest, signal: Cancellation) => Promise<WorkerReply>;

/** The connections to a worker: each one is up to two streams of one gateway. */
export class ExchangeSessions {
  readonly #handler: WorkerHandler;
  readonly #maxMessageBytes: number;
  readonly #sessions = new Map<string, ExchangeSession>();
  readonly #turns = new CallTurns();
  #idle: (() => void) | undefined;
  #closing = false;

  constructor(handler: WorkerHandler, maxMessageBytes: number) {
    this.#handler = handler;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Takes one stream of a connection. */
  accept(stream: ServerStream): void {
    const { connection, part } = readConnectionMetadata(stream.metadata);
    let session = this.#sessions.get(connection);
    if (!session) {
      session = new ExchangeSession(this, this.#maxMessageBytes);
      this.#sessions.set(connection, session);
    }
    stream.sendMetadata(new Metadata());
    session.add(stream, part, () => this.#sessions.delete(connection));
  }

  /**
   * Runs one call, by `CallTurns`. Rejects without running it while closing, and if the call was
   * cancelled while it waited.
   */
  async run(request: WorkerRequest, signal: Cancellation): Promise<WorkerReply> {
    if (this.#closing)
      throw new JflowError("UNAVAILABLE", "the worker is stopping and accepts no new requests");
    const turn = this.#turns.take();
    if (turn !== undefined) {
      await turn;
      signal.throwIfAborted();
    }
    return this.#handler(request, signal);
  }

  /** The number of calls in flight on all connections. */
  get inFlight(): number {
    let sum = 0;
    for (const session of this.#sessions.values()) sum += session.inFlight;
    return sum;
  }

  /** Rejects new calls, waits up to `graceMs` for those in flight, then ends all streams. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    if (this.inFlight > 0) await this.#waitForIdle(graceMs);
    for (const session of this.#sessions.values()) session.end();
  }

  /** Called when a call of any connection is over. */
  noteSettled(): void {
    if (this.#idle && this.inFlight === 0) this.#idle();
  }

  async #waitForIdle(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

class ExchangeSession {
  readonly #sessions: ExchangeSessions;
  readonly #maxMessageBytes: number;
  readonly #streams = new Map<
    StreamPart,
    { readonly stream: ServerStream; readonly writer: FrameWriter }
  >();
  readonly #calls = new Map<number, CallSignal>();
  #over = false;

  constructor(sessions: ExchangeSessions, maxMessageBytes: number) {
    this.#sessions = sessions;
    this.#maxMessageBytes = maxMessageBytes;
  }

  get inFlight(): number {
    return this.#calls.size;
  }

  /** Calls `forget` when either stream is over: the connection is lost as a whole. */
  add(stream: ServerStream, part: StreamPart, forget: () => void): void {
    this.#streams.set(part, { stream, writer: new FrameWriter(stream) });
    const lose = (): void => {
      forget();
      this.#lose();
    };
    stream.on("data", (message: Uint8Array) => this.#receive(message, stream, part));
    stream.on("end", lose);
    stream.on("cancelled", lose);
    stream.on("error", lose);
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const { stream, writer } of this.#streams.values()) {
      writer.flush();
      stream.end();
    }
  }

  #receive(message: Uint8Array, stream: ServerStream, part: StreamPart): void {
    if (this.#over) return;
    let frames: readonly Frame[];
    try {
      frames = readFrames(message);
    } catch (error) {
      // The rest of the stream cannot be read, because the frame boundaries are lost.
      stream.emit(
        "error",
        toGrpcStatus(
          error instanceof RangeError ? new JflowError("INVALID_ARGUMENT", error.message) : error,
        ),
      );
      return;
    }
    for (const frame of frames) this.#take(frame, part);
  }

  #take(frame: Frame, part: StreamPart): void {
    if (frame.kind === "cancel") {
      this.#calls.get(frame.id)?.abort("CANCELLED", "the gateway cancelled the request");
    } else if (frame.kind === "call") {
      void this.#answer(frame, part);
    }
  }

  async #answer(frame: Frame, part: StreamPart): Promise<void> {
    let call: CallSignal | undefined;
    let answer: EncodedFrame;
    try {
      const request = decodeCall(frame.payload);
      call = new CallSignal(request.timeoutMs);
      this.#calls.set(frame.id, call);
      answer = encodeFrame(
        frame.id,
        "reply",
        encodeReply(this.#checkSize(await this.#sessions.run(request, call))),
      );
    } catch (error) {
      answer = encodeFrame(frame.id, "error", encodeFailure(toJflowError(error)));
    }
    call?.settle();
    this.#calls.delete(frame.id);
    this.#send(answer, part);
    this.#sessions.noteSettled();
  }

  #checkSize(reply: WorkerReply): WorkerReply {
    const { length } = reply.response;
    if (length <= this.#maxMessageBytes) return reply;
    throw answerTooLarge(length, this.#maxMessageBytes);
  }

  #send(frame: EncodedFrame, part: StreamPart): void {
    if (this.#over) return;
    const wanted = frame.bytes > LARGE_FRAME_BYTES ? "large" : "small";
    const end = this.#streams.get(wanted) ?? this.#streams.get(part);
    end?.writer.write(frame);
  }

  #lose(): void {
    this.end();
    for (const call of this.#calls.values()) call.abort("CANCELLED", "the gateway disconnected");
  }
}
