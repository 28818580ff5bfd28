import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { JflowError } from "../../../util/errors.ts";
import type { GatewaySpec } from "../../../model/replica.ts";
import { HTTP_KEEP_ALIVE_MS } from "../../../util/limits/requests.ts";

/**
 * Makes a server that keeps connections alive longer than the usual proxy in front of it. TLS where
 * files are given.
 */
export function makeHttpServer(listener: RequestListener, tls: GatewaySpec["tls"]): Server {
  const options = { keepAliveTimeout: HTTP_KEEP_ALIVE_MS };
  if (!tls) return createServer(options, listener);
  return createSecureServer(
    { ...options, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) },
    listener,
  );
}

/**
 * Listens; 0 is a free port. Resolves with the port; rejects with `ALREADY_EXISTS` naming host:port
 * where it is taken.
 */
export async function listenOn(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const isTaken = cause.code === "EADDRINUSE";
      const reason = isTaken ? "the port is taken" : cause.message;
      reject(
        new JflowError(
          isTaken ? "ALREADY_EXISTS" : "INVALID_ARGUMENT",
          `cannot listen on ${host}:${port}: ${reason}`,
          {
            cause,
          },
        ),
      );
    };
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

/**
 * Takes no new connections, lets requests in flight end, and resolves when all are closed. After
 * `graceMs` it cuts them.
 */
export async function closeHttpServer(server: Server, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
