import { JflowError, toJflowError } from "../../../util/errors.ts";
import { deadlineOf, type CallContext } from "../../call-context.ts";
import { CallSignal } from "../../call-signal.ts";
import { readMetadata, type ServerStream } from "../../grpc.ts";
import { toGrpcStatus } from "../../status.ts";
import { toRequestStatus } from "../messages/request-status.ts";
import { DataRequest } from "../messages/data-request.ts";
import { METADATA } from "../jina-methods.ts";
import type { RequestHeader } from "../messages/header.ts";

/** Answers one request of a stream. */
export type StreamAnswerer = (request: Uint8Array, context: CallContext) => Promise<Uint8Array>;

/** The `/jina.JinaRPC/Call` streams that one server has open. */
export class CallStreams {
  readonly #open = new Set<CallStream>();

  /** Serves one more stream; rules at `CallStream`. */
  serve(stream: ServerStream, answer: StreamAnswerer, prefetch: number): void {
    const served = new CallStream(stream, answer, prefetch);
    this.#open.add(served);
    stream.on("close", () => this.#open.delete(served));
    served.start();
  }

  /**
   * Ends every stream once what it has asked is answered: a client keeps its stream open between
   * two requests, and a server waits for streams.
   */
  close(): void {
    for (const stream of this.#open) stream.close();
  }
}

interface Slot {
  readonly signal: CallSignal;
  response: Uint8Array | undefined;
}

/**
 * One stream: up to `prefetch` requests (or the stream's own `__prefetch__`) in flight, then
 * reading stops; answers as they come, or in the order of the requests where `__results_in_order__`
 * asks for it. A failed request is answered with its status and disturbs no other. The stream ends
 * when its input has ended and every request is answered.
 */
class CallStream {
  readonly #stream: ServerStream;
  readonly #answer: StreamAnswerer;
  readonly #prefetch: number;
  readonly #inOrder: boolean;
  readonly #metadata: Readonly<Record<string, string>>;
  readonly #deadlineMs: number | undefined;
  /**
   * Requests in flight, in the order they came; in order, also answers that wait for earlier ones.
   */
  readonly #slots = new Set<Slot>();
  #taken = 0;
  #inputEnded = false;
  #isClosing = false;
  #over = false;

  constructor(stream: ServerStream, answer: StreamAnswerer, prefetch: number) {
    this.#stream = stream;
    this.#answer = answer;
    this.#metadata = readMetadata(stream.metadata);
    this.#inOrder = this.#metadata[METADATA.resultsInOrder] === "true";
    const asked = Math.floor(Number(this.#metadata[METADATA.prefetch]));
    // 0 and nonsense mean the default, as in Jina; with less than 1 nothing would be read.
    this.#prefetch = asked > 0 ? asked : prefetch;
    this.#deadlineMs = deadlineOf(stream);
  }

  start(): void {
    this.#stream.on("data", (request: Uint8Array) => this.#take(request));
    this.#stream.on("drain", () => this.#steer());
    this.#stream.on("end", () => {
      this.#inputEnded = true;
      this.#endWhenDone();
    });
    this.#stream.on("cancelled", () => this.#lose());
    this.#stream.on("error", () => this.#lose());
  }

  close(): void {
    this.#isClosing = true;
    this.#endWhenDone();
  }

  #take(request: Uint8Array): void {
    const slot: Slot = { signal: new CallSignal(), response: undefined };
    this.#slots.add(slot);
    this.#steer();
    this.#answer(request, this.#contextOf(slot.signal)).then(
      (response) => this.#settle(slot, response),
      (error: unknown) => this.#settle(slot, answerError(request, error)),
    );
  }

  #contextOf(signal: CallSignal): CallContext {
    return {
      get signal() {
        return signal.signal;
      },
      position: this.#taken++,
      metadata: this.#metadata,
      ...(this.#deadlineMs === undefined ? {} : { deadlineMs: this.#deadlineMs }),
      setTrailer: ignoreTrailer,
    };
  }

  #settle(slot: Slot, response: Uint8Array): void {
    if (this.#over) return;
    slot.response = response;
    for (const next of this.#inOrder ? this.#slots : [slot]) {
      if (next.response === undefined) break;
      this.#slots.delete(next);
      this.#stream.write(next.response);
    }
    this.#steer();
    this.#endWhenDone();
  }

  /** Reads on only while there is room, and the caller takes the answers. */
  #steer(): void {
    const isFull = this.#slots.size >= this.#prefetch || this.#stream.writableNeedDrain;
    if (isFull !== this.#stream.isPaused()) {
      if (isFull) this.#stream.pause();
      else this.#stream.resume();
    }
  }

  #endWhenDone(): void {
    if (this.#over || this.#slots.size > 0 || !(this.#inputEnded || this.#isClosing)) return;
    this.#over = true;
    if (this.#inputEnded) this.#stream.end();
    // The caller may have more to ask: an end in order would tell it that all is answered.
    else
      this.#stream.emit(
        "error",
        toGrpcStatus(new JflowError("UNAVAILABLE", "the server is stopping")),
      );
  }

  #lose(): void {
    this.#over = true;
    for (const { signal } of this.#slots)
      signal.abort(new JflowError("CANCELLED", "the caller is gone"));
    this.#slots.clear();
  }
}

/**
 * An answer that carries the error in its header, so that the caller can tell which request it is
 * of.
 */
export function answerError(request: Uint8Array, error: unknown): Uint8Array {
  return DataRequest.make({
    header: { ...readHeader(request), status: toRequestStatus(toJflowError(error)) },
  }).toBytes();
}

function readHeader(request: Uint8Array): RequestHeader {
  try {
    return DataRequest.read(request).header;
  } catch {
    // The request itself is what is malformed, and the error says so: there is no id to give.
    return { requestId: "", execEndpoint: "", targetExecutor: "" };
  }
}

/**
 * A stream has one set of trailers for all of its requests: what one of them says has no place
 * there.
 */
function ignoreTrailer(): void {}
