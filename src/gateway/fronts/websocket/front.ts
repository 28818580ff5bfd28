import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { toJflowError, type JflowError } from "../../../util/errors.ts";
import { answerError } from "../../../wire/jina/server/call-streams.ts";
import { DataRequest } from "../../../wire/jina/messages/data-request.ts";
import { encodeStatus } from "../../../wire/jina/messages/header.ts";
import { toRequestStatus } from "../../../wire/jina/messages/request-status.ts";
import { readFailure, statusToJson, writeSnakeAnswer } from "../json/answer-json.ts";
import type { FlowService } from "../../handler/flow-service.ts";
import { readTarget, replyDetail, replyJson, sendReply } from "../http/http-reply.ts";
import { isProblem, readJsonRequest } from "../json/request-json.ts";
import { MAX_WEBSOCKET_UNSENT_BYTES } from "../../../util/limits/requests.ts";

const NORMAL = 1000;
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;
/**
 * Jina's client loses the exception that it makes of a failed answer when the close is there before
 * it has looked.
 */
const AFTER_FAILURE_MS = 100;
/** The protocol's bound on the reason of a close. */
const REASON_BYTES = 123;
/**
 * Jina's clients send the byte 0 (`bytes(True)` in Python); its documentation says 1. Neither is a
 * request.
 */
const END_OF_INPUT: readonly (number | undefined)[] = [0, 1];

export interface WebSocketFrontSpec {
  readonly maxMessageBytes: number;
  /** Requests in flight per connection. */
  readonly prefetch: number;
}

/** How one connection writes its messages. */
interface Encoding {
  /** `end` where the client has no more requests. */
  read(message: Buffer): DataRequest | "end" | { readonly problem: string };
  write(response: DataRequest): Uint8Array | string;
  /** The answer to a request that failed; undefined where the message was not a request. */
  writeFailure(request: DataRequest | undefined, error: JflowError): Uint8Array | string;
}

const BYTES: Encoding = {
  read: (message) =>
    message.length === 1 && END_OF_INPUT.includes(message[0]) ? "end" : DataRequest.read(message),
  write: (response) => response.toBytes(),
  writeFailure: (request, error) => answerError(request?.toBytes() ?? new Uint8Array(), error),
};

function jsonOf(flow: FlowService): Encoding {
  return {
    read(message) {
      const text = message.toString("utf8");
      if (text.trim() === "{}") return "end";
      const read = readJsonRequest(text, flow);
      return isProblem(read)
        ? { problem: `${read.place.join(".")}: ${read.message}` }
        : read.request;
    },
    write: writeSnakeAnswer,
    writeFailure(request, error) {
      const { header, parameters } = request ?? NO_REQUEST;
      const status = statusToJson(toRequestStatus(error));
      const shown = { request_id: header.requestId, exec_endpoint: header.execEndpoint, status };
      return JSON.stringify({ header: shown, parameters, routes: [], data: [] });
    },
  };
}

const NO_REQUEST = DataRequest.read(new Uint8Array());

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

/**
 * One client's connection: answers in the order in which they are ready; after the end of input,
 * when the last is out, it closes. A request is in flight until its answer is written to the
 * socket, so that a client that does not read its answers is not read either.
 */
class Connection {
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
 * What a port for WebSocket alone says to plain HTTP: that it is there, so that a readiness probe
 * works, and nothing else.
 */
export function answerPlainHttp(request: IncomingMessage, response: ServerResponse): void {
  const isProbe = request.method === "GET" && readTarget(request).path === "/";
  sendReply(
    response,
    isProbe
      ? replyJson(200, {})
      : replyDetail(426, "this port speaks WebSocket", { upgrade: "websocket" }),
  );
}

/**
 * Answers WebSocket clients as Jina's gateway does (`reference/jina.md` 1.6, 2 and 4.10):
 * subprotocol `bytes`, else JSON.
 */
export class WebSocketFront {
  readonly #server: WebSocketServer;
  readonly #flow: FlowService;

  constructor(flow: FlowService, spec: WebSocketFrontSpec) {
    this.#flow = flow;
    this.#server = new WebSocketServer({ noServer: true, maxPayload: spec.maxMessageBytes });
    this.#server.on("connection", (socket, request: IncomingMessage) => {
      if (readTarget(request).path === "/dry_run") this.#answerDryRun(socket);
      else new Connection(socket, flow, spec.prefetch).open();
    });
  }

  /** The `upgrade` listener of a `node:http` server. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.#server.handleUpgrade(request, socket, head, (client) =>
      this.#server.emit("connection", client, request),
    );
  };

  #answerDryRun(socket: WebSocket): void {
    socket.on("error", () => socket.terminate());
    socket.on("message", () => {
      const status = this.#flow.dryRun();
      socket.send(
        socket.protocol === "bytes" ? encodeStatus(status) : JSON.stringify(statusToJson(status)),
      );
    });
  }

  /** Tells the clients that the gateway goes. */
  close(): void {
    for (const client of this.#server.clients) client.close(GOING_AWAY);
    this.#server.close();
  }
}
