import { JflowError, toJflowError } from "../../../util/errors.ts";
import { deadlineOf, type CallContext } from "../../call-context.ts";
import { CallSignal } from "../../call-signal.ts";
import { readMetadata, type ServerStream } from "../../grpc.ts";
import { toGrpcStatus } from "../../status.ts";
import { MAX_UNREAD_ANSWER_BYTES } from "../../../util/limits/requests.ts";
import { toRequestStatus } from "../messages/request-status.ts";
import { DataRequest } from "../messages/data-request.ts";
import { METADATA } from "../jina-methods.ts";
import type { RequestHeader } from "../messages/header.ts";

/** Answers one request of a stream. */
export type StreamAnswerer = (request: Uint8Array, context: CallContext) => Promise<Uint8Array>;

/** The bounds of each stream. */
export interface StreamBounds {
  /** The requests in flight, unless the stream sets `__prefetch__`. */
  readonly prefetch: number;
  /** The bytes of answers that the client has not read. Default `MAX_UNREAD_ANSWER_BYTES`. */
  readonly maxUnreadBytes?: number;
}

/** The open `/jina.JinaRPC/Call` streams of one server. */
export class CallStreams {
  readonly #open = new Set<CallStream>();

  /** Serves a stream, by the rules of `CallStream`. */
  serve(stream: ServerStream, answer: StreamAnswerer, bounds: StreamBounds): void {
    const served = new CallStream(stream, answer, bounds);
    this.#open.add(served);
    stream.on("close", () => this.#open.delete(served));
    served.start();
  }

  /**
   * Ends each stream once its requests are answered. Clients keep their streams open between
   * requests, and a stopping server waits for open streams.
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
 * One stream. At most `prefetch` requests, or the stream's own `__prefetch__`, are in flight; then
 * reading stops. Answers are sent as they are ready, or in the order of the requests if
 * `__results_in_order__` is set. A failed request is answered with its status, and the stream goes
 * on. If the client reads too few answers, an error takes the place of an answer. The stream ends
 * when its input has ended and every request is answered.
 */
class CallStream {
  readonly #stream: ServerStream;
  readonly #answer: StreamAnswerer;
  readonly #prefetch: number;
  readonly #maxUnreadBytes: number;
  readonly #inOrder: boolean;
  readonly #metadata: Readonly<Record<string, string>>;
  readonly #deadlineMs: number | undefined;
  /** Requests in flight, in order of arrival, and answers that wait for earlier ones. */
  readonly #slots = new Set<Slot>();
  #taken = 0;
  /** The answers that the socket has not taken yet. */
  #unreadBytes = 0;
  #inputEnded = false;
  #isClosing = false;
  #over = false;

  constructor(stream: ServerStream, answer: StreamAnswerer, bounds: StreamBounds) {
    this.#stream = stream;
    this.#answer = answer;
    this.#metadata = readMetadata(stream.metadata);
    this.#inOrder = this.#metadata[METADATA.resultsInOrder] === "true";
    const asked = Math.floor(Number(this.#metadata[METADATA.prefetch]));
    // 0 and invalid values mean the default, as in Jina.
    this.#prefetch = asked > 0 ? asked : bounds.prefetch;
    this.#maxUnreadBytes = bounds.maxUnreadBytes ?? MAX_UNREAD_ANSWER_BYTES;
    this.#deadlineMs = deadlineOf(stream);
  }

  start(): void {
    this.#stream.on("data", (request: Uint8Array) => this.#take(request));
    this.#stream.on("drain", () => this.#pauseOrResume());
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
    this.#pauseOrResume();
    this.#answer(request, this.#contextOf(slot.signal)).then(
      (response) => this.#settle(slot, response),
      (error: unknown) => this.#settle(slot, answerError(request, error)),
    );
  }

  #contextOf(signal: CallSignal): CallContext {
    return {
      signal,
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
      this.#send(next.response);
    }
    this.#pauseOrResume();
    this.#endWhenDone();
  }

  /** Sends an answer, or an error in its place if the client reads too few answers. */
  #send(answer: Uint8Array): void {
    const { length } = answer;
    const isTooMuch = this.#unreadBytes > 0 && this.#unreadBytes + length > this.#maxUnreadBytes;
    const sent = isTooMuch ? answerError(answer, unreadAnswers(this.#unreadBytes)) : answer;
    this.#unreadBytes += sent.length;
    this.#stream.write(sent, () => (this.#unreadBytes -= sent.length));
  }

  /** Pauses reading while `prefetch` requests are in flight or the client does not read answers. */
  #pauseOrResume(): void {
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
    // The client may have sent more requests. A regular end would mean that all are answered.
    else
      this.#stream.emit(
        "error",
        toGrpcStatus(new JflowError("UNAVAILABLE", "the server is stopping")),
      );
  }

  #lose(): void {
    this.#over = true;
    for (const { signal } of this.#slots)
      signal.abort("CANCELLED", "the client cancelled the request or disconnected");
    this.#slots.clear();
  }
}

function unreadAnswers(bytes: number): JflowError {
  return new JflowError(
    "RESOURCE_EXHAUSTED",
    `the client has not read ${bytes} bytes of earlier answers of this stream, so this answer is dropped: read the answers, and send the request again`,
  );
}

/** Returns an answer with the error in its header, under the id of the request. */
export function answerError(request: Uint8Array, error: unknown): Uint8Array {
  return DataRequest.make({
    header: { ...readHeader(request), status: toRequestStatus(toJflowError(error)) },
  }).toBytes();
}

function readHeader(request: Uint8Array): RequestHeader {
  try {
    return DataRequest.read(request).header;
  } catch {
    // The error reports the malformed request, whose id cannot be read.
    return { requestId: "", execEndpoint: "", targetExecutor: "" };
  }
}

/**
 * A stream has one set of trailers for all of its requests, so those of one request are ignored.
 */
function ignoreTrailer(): void {}
