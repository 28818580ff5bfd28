import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { encodeStatus } from "../../../wire/jina/messages/header.ts";
import type { FlowService } from "../../handler/flow-service.ts";
import { encodeReply, readTarget, replyDetail } from "../../../wire/http/http-reply.ts";
import { statusToJson } from "../json/answer-json.ts";
import { WebSocketConnection, type WebSocketFrontOptions } from "./connection.ts";

const GOING_AWAY = 1001;
const DRY_RUN = "/dry_run";
const PATHS: ReadonlySet<string> = new Set(["", DRY_RUN]);
const NOT_FOUND = replyDetail(
  404,
  'WebSocket is at the path "/": the field execEndpoint of a request names the endpoint',
);

/**
 * Answers WebSocket clients as Jina's gateway does: bytes with the subprotocol `bytes`, else JSON.
 * The messages are those of
 * https://github.com/jina-ai/jina/blob/v3.27.0/jina/serve/runtimes/gateway/websocket_fastapi_app.py
 */
export class WebSocketFront {
  readonly #server: WebSocketServer;
  readonly #flow: FlowService;

  constructor(flow: FlowService, options: WebSocketFrontOptions) {
    this.#flow = flow;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxMessageBytes,
      handleProtocols: chooseProtocol,
    });
    this.#server.on("connection", (socket, request: IncomingMessage) => {
      if (pathOf(request) === DRY_RUN) this.#answerDryRun(socket);
      else new WebSocketConnection(socket, flow, { ...options, headers: request.headers }).open();
    });
  }

  /** The `upgrade` listener of a `node:http` server. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (!PATHS.has(pathOf(request))) {
      socket.on("error", () => socket.destroy());
      socket.end(encodeReply(NOT_FOUND));
      return;
    }
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

  /** Closes every connection with the reason that the gateway goes away. */
  close(): void {
    for (const client of this.#server.clients) client.close(GOING_AWAY);
    this.#server.close();
  }
}

/** Returns the path without a slash at its end. */
function pathOf(request: IncomingMessage): string {
  return readTarget(request).path.replace(/\/$/, "");
}

/** A client may offer subprotocols that the gateway does not have. */
function chooseProtocol(offered: ReadonlySet<string>): string | false {
  return ["bytes", "json", ...offered].find((name) => offered.has(name)) ?? false;
}
