import { readFile } from "node:fs/promises";
import { ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { JflowError } from "../../util/errors.ts";
import { bindServer, makeServer, stopServer, type ServerStream } from "../grpc.ts";
import { addHealth } from "../health.ts";
import { CallStreams } from "./call-stream.ts";
import { serveDocumentStream } from "./document-stream.ts";
import type { JinaHandler } from "./jina-handler.ts";
import { JINA, serviceNames, type JinaMethod } from "./jina-methods.ts";
import { encodePeerVersions, encodeStatus } from "./messages.ts";
import { addReflection } from "./reflection.ts";
import { serveUnary } from "./unary.ts";
import { peerVersions } from "./versions.ts";

export type { JinaCallContext, JinaHandler } from "./jina-handler.ts";

export interface ServeJinaOptions {
  readonly host: string;
  /** 0 is a free one. */
  readonly port: number;
  readonly handler: JinaHandler;
  readonly maxMessageBytes: number;
  /** Requests in flight per stream: the default for streams that ask for none (`__prefetch__`). */
  readonly prefetch: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export interface JinaServer {
  readonly port: number;
  /** What the health service says; NOT_SERVING until the first call. */
  setServing(serving: boolean): void;
  /** Takes no new calls, lets those in flight end for up to `graceMs`, then ends them. */
  close(graceMs?: number): Promise<void>;
}

/** What a gateway serves of Jina's methods, whatever its handler does. */
const METHODS: readonly JinaMethod[] = ["call", "processSingleData", "dryRun", "status"];

/**
 * The gRPC front of the gateway. Rejects with `ALREADY_EXISTS`, naming host:port, where the port is
 * taken, with `INVALID_ARGUMENT` where a file of `tls` cannot be read or the address not be used.
 */
export async function serveJina(options: ServeJinaOptions): Promise<JinaServer> {
  const { handler } = options;
  const server = makeServer(options.maxMessageBytes);
  const services = serviceNames(handler.streamDoc ? [...METHODS, "streamDoc"] : METHODS);
  const health = addHealth(server, services);
  const streams = new CallStreams();
  const { call, processSingleData, streamDoc, dryRun, status } = JINA;
  const answerStream = handler.streamDoc?.bind(handler);
  const implementation: UntypedServiceImplementation = {
    call: (stream: ServerStream) =>
      streams.serve(
        stream,
        async (request, context) => handler.call(request, context),
        options.prefetch,
      ),
    processSingleData: serveUnary(async (request, context) => handler.call(request, context)),
    dryRun: serveUnary(async (_, context) =>
      encodeStatus((await handler.dryRun?.(context)) ?? { code: "SUCCESS", description: "" }),
    ),
    status: serveUnary(async () => encodePeerVersions(peerVersions())),
  };
  server.addService({ call, processSingleData, dryRun, status }, implementation);
  if (answerStream)
    server.addService({ streamDoc }, { streamDoc: serveDocumentStream(answerStream) });
  addReflection(server, services);
  const port = await bindServer(
    server,
    formatHostPort(options.host, options.port),
    await credentialsOf(options.tls),
  );
  return {
    port,
    setServing: (serving) => health.setServing(serving),
    close: async (graceMs = 0) => {
      health.setServing(false);
      health.close();
      streams.close();
      await stopServer(server, graceMs);
    },
  };
}

/** `host:port`, an IPv6 host in brackets. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

async function credentialsOf(tls: ServeJinaOptions["tls"]): Promise<ServerCredentials> {
  if (!tls) return ServerCredentials.createInsecure();
  const read = async (file: string): Promise<Buffer> => {
    try {
      return await readFile(file);
    } catch (error) {
      throw new JflowError("INVALID_ARGUMENT", `cannot read ${file} for TLS`, { cause: error });
    }
  };
  const [cert, key] = await Promise.all([read(tls.certFile), read(tls.keyFile)]);
  return ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
}
