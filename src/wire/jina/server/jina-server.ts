import { readFile } from "node:fs/promises";
import { ServerCredentials, type Server, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { messageOf } from "../../../util/error-code.ts";
import { JflowError } from "../../../util/errors.ts";
import {
  bindServer,
  formatHostPort,
  makeServer,
  stopServer,
  type ServerStream,
} from "../../grpc.ts";
import { HealthService } from "../../health.ts";
import { CallStreams, type StreamBounds } from "./call-streams.ts";
import { serveDocumentStream } from "./document-stream.ts";
import type { JinaHandler } from "./jina-handler.ts";
import { JINA, serviceNames, type JinaMethod } from "../jina-methods.ts";
import { encodeStatus } from "../messages/header.ts";
import { addReflection } from "./reflection.ts";
import { serveUnary } from "../../unary.ts";
import { serverVersions } from "./server-versions.ts";
import { encodePeerVersions } from "../messages/discovery.ts";

export type { JinaHandler } from "./jina-handler.ts";

export interface ServeJinaOptions extends StreamBounds {
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  readonly handler: JinaHandler;
  readonly maxMessageBytes: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** Jina's methods that every gateway serves. */
const METHODS: readonly JinaMethod[] = ["call", "processSingleData", "dryRun", "status"];

/** A server of Jina's protocol: the gRPC front of the gateway. */
export class JinaServer {
  readonly port: number;
  readonly #server: Server;
  readonly #health: HealthService;
  readonly #streams: CallStreams;

  private constructor(
    port: number,
    parts: {
      readonly server: Server;
      readonly health: HealthService;
      readonly streams: CallStreams;
    },
  ) {
    this.port = port;
    this.#server = parts.server;
    this.#health = parts.health;
    this.#streams = parts.streams;
  }

  /**
   * Serves on `host:port`. Rejects with `ALREADY_EXISTS` if the port is taken; with
   * `INVALID_ARGUMENT` if a file of `tls` cannot be read or the address cannot be used.
   */
  static async start(options: ServeJinaOptions): Promise<JinaServer> {
    const { handler } = options;
    const server = makeServer(options.maxMessageBytes);
    const services = serviceNames(handler.streamDoc ? [...METHODS, "streamDoc"] : METHODS);
    const health = new HealthService(services);
    health.addTo(server);
    const streams = new CallStreams();
    addMethods(server, streams, options);
    addReflection(server, services);
    const address = formatHostPort(options.host, options.port);
    const port = await bindServer(server, address, await credentialsOf(options.tls));
    return new JinaServer(port, { server, health, streams });
  }

  /** Sets the status in the health service. It is NOT_SERVING until the first call. */
  setServing(isServing: boolean): void {
    this.#health.setServing(isServing);
  }

  /** Takes no new calls, lets those in flight end for up to `graceMs`, then ends them. */
  async close(graceMs = 0): Promise<void> {
    this.#health.setServing(false);
    this.#health.close();
    this.#streams.close();
    await stopServer(this.#server, graceMs);
  }
}

function addMethods(
  server: Server,
  streams: CallStreams,
  { handler, ...bounds }: ServeJinaOptions,
): void {
  const { call, processSingleData, streamDoc, dryRun, status } = JINA;
  const implementation: UntypedServiceImplementation = {
    call: (stream: ServerStream) =>
      streams.serve(stream, async (request, context) => handler.call(request, context), bounds),
    processSingleData: serveUnary(async (request, context) => handler.call(request, context)),
    dryRun: serveUnary(async (_, context) =>
      encodeStatus((await handler.dryRun?.(context)) ?? { code: "SUCCESS", description: "" }),
    ),
    status: serveUnary(async () => encodePeerVersions(serverVersions())),
  };
  server.addService({ call, processSingleData, dryRun, status }, implementation);
  const answerStream = handler.streamDoc?.bind(handler);
  if (answerStream)
    server.addService({ streamDoc }, { streamDoc: serveDocumentStream(answerStream) });
}

async function credentialsOf(tls: ServeJinaOptions["tls"]): Promise<ServerCredentials> {
  if (!tls) return ServerCredentials.createInsecure();
  const read = async (file: string): Promise<Buffer> => {
    try {
      return await readFile(file);
    } catch (error) {
      throw new JflowError("INVALID_ARGUMENT", `cannot read ${file} for TLS: ${messageOf(error)}`, {
        cause: error,
      });
    }
  };
  const [cert, key] = await Promise.all([read(tls.certFile), read(tls.keyFile)]);
  return ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
}
