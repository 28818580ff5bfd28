import { setMaxListeners } from "node:events";
import type { RawData, WebSocket } from "ws";
import { JflowError, toJflowError } from "../../../util/errors.ts";
import { MAX_WEBSOCKET_UNSENT_BYTES } from "../../../util/limits/requests.ts";
import type { DataRequest } from "../../../wire/jina/messages/data-request.ts";
import { STREAM_SPAN } from "../../../wire/tracing/span-names.ts";
import type { TraceHeaders } from "../../../util/tracing/trace-context.ts";
import type { BodyShare } from "../../handler/body-budget.ts";
import type { FlowService } from "../../handler/flow-service.ts";
import { readFailure } from "../json/answer-json.ts";
import { BYTES, JsonEncoding, type Encoding } from "./encoding.ts";

export interface WebSocketFrontOptions {
  readonly maxMessageBytes: number;
  /** Requests in flight per connection. */
  readonly prefetch: number;
}

const NORMAL = 1000;
const INTERNAL_ERROR = 1011;
/**
 * How long a connection stays open after a failed answer: Jina's client loses its exception if the
 * close arrives before the client has read the answer.
 */
const AFTER_FAILURE_MS = 100;
/** The protocol's maximum for the reason of a close. */
const MAX_REASON_BYTES = 123;
/**
 * The connection of one client. Answers are sent as soon as they are ready. After the end of the
 * input, the connection closes when the last answer is sent. A request is in flight until its
 * answer is written to the socket, so the gateway does not read from a client that does not read
 * its answers.
 */
export class WebSocketConnection {
  readonly #socket: WebSocket;
  readonly #flow: FlowService;
  readonly #prefetch: number;
  readonly #encoding: Encoding;
  readonly #headers: TraceHeaders;
  readonly #gone = new AbortController();
  /** Messages that arrived while the connection was full. */
  readonly #waiting: Buffer[] = [];
  #inFlight = 0;
  #isEnded = false;
  #hasFailed = false;

  constructor(
    socket: WebSocket,
    flow: FlowService,
    { prefetch, maxMessageBytes, headers }: WebSocketFrontOptions & { headers: TraceHeaders },
  ) {
    this.#headers = headers;
    this.#socket = socket;
    this.#flow = flow;
    this.#prefetch = prefetch;
    this.#encoding = socket.protocol === "bytes" ? BYTES : new JsonEncoding(flow, maxMessageBytes);
  }

  /** Starts to read from the client. */
  open(): void {
    const socket = this.#socket;
    socket.on("message", (data) => {
      this.#waiting.push(toBuffer(data));
      this.#pump();
    });
    // Each request in flight listens.
    setMaxListeners(0, this.#gone.signal);
    socket.on("close", () => this.#lose());
    // The library closes the connection itself: the client broke the protocol.
    socket.on("error", () => this.#lose());
  }

  #lose(): void {
    this.#waiting.length = 0;
    this.#flow.bodies.offRelease(this.#pump);
    this.#gone.abort();
  }

  /**
   * Takes messages while there is room, and pauses the socket while the connection is full or a
   * message waits for the bodies of other connections.
   */
  readonly #pump = (): void => {
    if (this.#gone.signal.aborted) return;
    while (this.#waiting.length > 0 && !this.#isFull) {
      const share = this.#openShare(this.#waiting[0]!.length);
      if (share === undefined) break;
      void this.#take(this.#waiting.shift()!, share);
    }
    if (this.#isFull || this.#waiting.length > 0) this.#socket.pause();
    else this.#socket.resume();
  };

  /**
   * Counts a message among the bodies. Returns undefined if the message has to wait for others, and
   * an error if the client has no other request to wait for: waiting messages take memory, too.
   */
  #openShare(bytes: number): BodyShare | JflowError | undefined {
    const share = this.#flow.bodies.open();
    try {
      share.growTo(bytes);
      return share;
    } catch (error) {
      const { message } = toJflowError(error);
      if (this.#inFlight === 0) return new JflowError("RESOURCE_EXHAUSTED", message);
      this.#flow.bodies.onRelease(this.#pump);
      return undefined;
    }
  }

  get #isFull(): boolean {
    return (
      this.#inFlight >= this.#prefetch || this.#socket.bufferedAmount > MAX_WEBSOCKET_UNSENT_BYTES
    );
  }

  async #take(message: Buffer, share: BodyShare | JflowError): Promise<void> {
    this.#inFlight += 1;
    if (share instanceof JflowError) await this.#fail(this.#encoding.peek(message), share);
    else await this.#answer(message);
    this.#inFlight -= 1;
    if (!(share instanceof JflowError)) share.release();
    this.#pump();
    if (!this.#isEnded || this.#inFlight > 0) return;
    if (this.#hasFailed) setTimeout(() => this.#socket.close(NORMAL), AFTER_FAILURE_MS);
    else this.#socket.close(NORMAL);
  }

  async #answer(message: Buffer): Promise<void> {
    let request: DataRequest | undefined;
    try {
      const read = this.#encoding.read(message);
      if (read === "end") this.#isEnded = true;
      else if ("problem" in read) throw new JflowError("INVALID_ARGUMENT", read.problem);
      else {
        request = read;
        const answer = await this.#flow.handle(request, {
          signal: this.#gone.signal,
          trace: { name: STREAM_SPAN, headers: this.#headers },
        });
        const { response } = answer;
        this.#hasFailed ||= readFailure(response) !== undefined;
        const written = await this.#encoding.write(response);
        this.#flow.noteSent(answer, Buffer.byteLength(written));
        await this.#send(written);
      }
    } catch (thrown) {
      await this.#fail(request, toJflowError(thrown));
    }
  }

  /** Resolves when the socket has taken the message or is closed; `close` reports the latter. */
  async #send(message: Uint8Array | string): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.send(message, () => resolve()));
  }

  async #fail(request: DataRequest | undefined, error: JflowError): Promise<void> {
    if (error.code === "CANCELLED") return;
    this.#hasFailed = true;
    if (endsConnection(error)) this.#socket.close(INTERNAL_ERROR, cutReason(error.message));
    else await this.#send(this.#encoding.writeFailure(request, error));
  }
}

/**
 * Returns whether the error ends the whole connection, as Jina's clients expect if an executor
 * cannot be reached.
 */
function endsConnection(error: JflowError): boolean {
  return error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED";
}

function cutReason(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, MAX_REASON_BYTES - 3));
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
