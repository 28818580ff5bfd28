import { readFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { JflowError } from "../../util/errors.ts";
import { HTTP_KEEP_ALIVE_MS } from "../../util/limits/requests.ts";
import { encodeReply, replyDetail, type HttpReply } from "./http-reply.ts";
import type { ListenOptions } from "../../model/listen-options.ts";

/** The event of a request whose body is accepted: a client may wait for `100 Continue`. */
export const PROCEED = "proceed";

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** An open HTTP port. */
export class HttpListener {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.port = port;
    this.#server = server;
  }

  /** Rejects with `ALREADY_EXISTS` and a message with host:port if the port is taken. */
  static async open(
    options: ListenOptions,
    onRequest: RequestListener,
    onUpgrade?: UpgradeListener,
  ): Promise<HttpListener> {
    const server = createAnyServer(options.tls, onRequest);
    if (onUpgrade) server.on("upgrade", onUpgrade);
    server.on("checkContinue", (request, response) => {
      request.once(PROCEED, () => response.writeContinue());
      onRequest(request, response);
    });
    answerClientErrors(server);
    return new HttpListener(server, await listen(server, options));
  }

  /** HTTP clients use the routes to find out whether the flow is ready. */
  setServing(): void {}

  async close(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => this.#server.closeAllConnections(), graceMs);
      this.#server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }
}

function createAnyServer(tls: ListenOptions["tls"], onRequest: RequestListener): Server {
  const options = { keepAliveTimeout: HTTP_KEEP_ALIVE_MS };
  if (!tls) return createServer(options, onRequest);
  const [cert, key] = [readFileSync(tls.certFile), readFileSync(tls.keyFile)];
  return createSecureServer({ ...options, cert, key }, onRequest);
}

/** Resolves with the port. */
async function listen(server: Server, { host, port }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => reject(explain(cause, `${host}:${port}`));
    server.once("error", fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  const address = server.address();
  if (typeof address !== "object" || address === null)
    throw new JflowError("INTERNAL", "the server has no port");
  return address.port;
}

function explain(cause: NodeJS.ErrnoException, address: string): JflowError {
  const isTaken = cause.code === "EADDRINUSE";
  const code = isTaken ? "ALREADY_EXISTS" : "INVALID_ARGUMENT";
  const reason = isTaken ? "the port is taken" : cause.message;
  return new JflowError(code, `cannot listen on ${address}: ${reason}`, { cause });
}

/** The error of Node's HTTP parser. */
interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
  readonly reason?: string;
}

const TLS_HANDSHAKE = 0x16;

/**
 * Answers requests that Node's parser refuses with JSON, as all other refusals: by itself Node
 * sends a status without a body. A connection on which an answer is being sent is cut.
 */
function answerClientErrors(server: Server): void {
  const last = new WeakMap<Duplex, ServerResponse>();
  const note: RequestListener = ({ socket }, response) => last.set(socket, response);
  server.prependListener("request", note);
  server.prependListener("checkContinue", note);
  server.on("clientError", (error: ClientError, socket: Duplex) => {
    if (error.code === "ECONNRESET" || !socket.writable || isSending(last.get(socket)))
      socket.destroy();
    else socket.end(encodeReply(toReply(error)));
  });
}

function isSending(response: ServerResponse | undefined): boolean {
  return response !== undefined && response.headersSent && !response.writableFinished;
}

function toReply(error: ClientError): HttpReply {
  const { code, rawPacket, reason, message } = error;
  if (code === "HPE_HEADER_OVERFLOW")
    return replyDetail(431, "the URL and the headers are longer than 16 KiB");
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return replyDetail(413, "the extensions of a chunk are too long");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return replyDetail(408, "the request did not arrive in time");
  if (rawPacket?.[0] === TLS_HANDSHAKE)
    return replyDetail(400, "the client uses TLS, and this port does not: write http://");
  if (rawPacket?.subarray(0, 3).equals(Buffer.from("PRI")) === true)
    return replyDetail(400, "this port takes HTTP/1.1: gRPC has a port of its own");
  return replyDetail(400, `the request is not valid HTTP: ${reason ?? message}`);
}
