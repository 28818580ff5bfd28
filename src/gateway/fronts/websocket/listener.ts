import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { ListenOptions } from "../../../model/listen-options.ts";
import type { FrontListener } from "../front-listener.ts";
import { readTarget, replyDetail, replyJson, sendReply } from "../../../wire/http/http-reply.ts";
import { HttpListener } from "../../../wire/http/http-listener.ts";
import type { WebSocketFront } from "./front.ts";

/** An open port for WebSocket, which HTTP may share. */
export class WebSocketListener implements FrontListener {
  readonly #http: HttpListener;
  readonly #front: WebSocketFront;

  private constructor(http: HttpListener, front: WebSocketFront) {
    this.#http = http;
    this.#front = front;
  }

  /** Rejects with `ALREADY_EXISTS` and a message with host:port if the port is taken. */
  static async open(
    options: ListenOptions,
    front: WebSocketFront,
    onRequest: RequestListener = answerPlainHttp,
  ): Promise<WebSocketListener> {
    return new WebSocketListener(await HttpListener.open(options, onRequest, front.upgrade), front);
  }

  get port(): number {
    return this.#http.port;
  }

  /** WebSocket clients use `/dry_run` to find out whether the flow is ready. */
  setServing(): void {}

  async close(graceMs: number): Promise<void> {
    this.#front.close();
    await this.#http.close(graceMs);
  }
}

/**
 * A port for WebSocket alone answers plain readiness probes and refuses all other HTTP requests.
 */
function answerPlainHttp(request: IncomingMessage, response: ServerResponse): void {
  const isProbe = request.method === "GET" && readTarget(request).path === "/";
  sendReply(
    response,
    isProbe
      ? replyJson(200, {})
      : replyDetail(426, "this port accepts WebSocket connections only", { upgrade: "websocket" }),
  );
}
