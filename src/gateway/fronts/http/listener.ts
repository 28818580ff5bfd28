import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { JflowError } from "../../../util/errors.ts";
import { HTTP_KEEP_ALIVE_MS } from "../../../util/limits/requests.ts";
import type { FrontListener, ListenOptions } from "../front-listener.ts";

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** An open HTTP port. */
export class HttpListener implements FrontListener {
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
