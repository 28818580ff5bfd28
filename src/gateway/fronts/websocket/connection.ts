import type { RawData, WebSocket } from "ws";
import { toJflowError, type JflowError } from "../../../util/errors.ts";
import { MAX_WEBSOCKET_UNSENT_BYTES } from "../../../util/limits/requests.ts";
import type { DataRequest } from "../../../wire/jina/messages/data-request.ts";
import type { FlowService } from "../../handler/flow-service.ts";
import { readFailure } from "../json/answer-json.ts";
import { BYTES, jsonOf, type Encoding } from "./encoding.ts";

const NORMAL = 1000;
const INTERNAL_ERROR = 1011;
/**
 * Jina's client loses the exception that it makes of a failed answer when the close is there before
 * it has looked.
 */
const AFTER_FAILURE_MS = 100;
/** The protocol's bound on the reason of a close. */
const REASON_BYTES = 123;
/**
 * One client's connection: answers in the order in which they are ready; after the end of input,
 * when the last is out, it closes. A request is in flight until its answer is written to the
 * socket, so that a client that does not read its answers is not read either.
 */
export class WebSocketConnection {
  readonly #socket: WebSocket;
  readonly #flow: FlowService;
  readonly #prefetch: number;
  readonly #encoding: Encoding;
  readonly #gone = new AbortController();
  /** Read, but not taken yet: what had come together with the last one that there was room for. */
  readonly #waiting: Buffer[] = [];
  #inFlight = 0;
  #isEnded = false;
  #hasFailed = false;

  constructor(socket: WebSocket, flow: FlowService, prefetch: number) {
    this.#socket = socket;
    this.#flow = flow;
    this.#prefetch = prefetch;
    this.#encoding = socket.protocol === "bytes" ? BYTES : jsonOf(flow);
  }

  /** Begins to listen to the client. */
  open(): void {
    const socket = this.#socket;
    socket.on("message", (data) => {
      this.#waiting.push(toBuffer(data));
      this.#pump();
    });
    socket.on("close", () => this.#gone.abort());
    // The library closes the connection itself; its client alone did wrong.
    socket.on("error", () => this.#gone.abort());
  }

  /**
   * Takes messages while there is room and the client takes its answers, and reads on only then.
   */
  #pump(): void {
    while (this.#waiting.length > 0 && !this.#isFull) void this.#take(this.#waiting.shift()!);
    if (this.#isFull) this.#socket.pause();
    else this.#socket.resume();
  }

  get #isFull(): boolean {
    return (
      this.#inFlight >= this.#prefetch || this.#socket.bufferedAmount > MAX_WEBSOCKET_UNSENT_BYTES
    );
  }

  async #take(message: Buffer): Promise<void> {
    this.#inFlight += 1;
    await this.#answer(message);
    this.#inFlight -= 1;
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
      else if ("problem" in read) throw new RangeError(read.problem);
      else {
        request = read;
        const { response } = await this.#flow.handle(request, { signal: this.#gone.signal });
        this.#hasFailed ||= readFailure(response) !== undefined;
        await this.#send(this.#encoding.write(response));
      }
    } catch (thrown) {
      await this.#fail(request, toJflowError(thrown));
    }
  }

  /** Resolves when the socket has taken the message, or is gone: `close` tells of that. */
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
 * Whether the whole connection ends with this error, as Jina's clients expect of an executor that
 * cannot be reached.
 */
function endsConnection(error: JflowError): boolean {
  return error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED";
}

function cutReason(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, REASON_BYTES - 3));
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
