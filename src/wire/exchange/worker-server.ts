import { readTraceContext } from "../../util/tracing/trace-context.ts";
import { ServerCredentials, type Server, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { bindServer, formatHostPort, makeServer, stopServer, type ServerStream } from "../grpc.ts";
import { HealthService } from "../health.ts";
import { CallStreams } from "../jina/server/call-streams.ts";
import { DataRequest, decodeRequestList } from "../jina/messages/data-request.ts";
import type { CallContext } from "../call-context.ts";
import { JINA, METADATA, serviceNames, type JinaMethod } from "../jina/jina-methods.ts";
import { encodeEndpoints, encodePeerVersions, type Endpoints } from "../jina/messages/discovery.ts";
import { addReflection } from "../jina/server/reflection.ts";
import { serveUnary } from "../unary.ts";
import { serverVersions } from "../jina/server/server-versions.ts";
import type { ReplicationHandlers } from "../replication/replication-link.ts";
import { addReplication } from "../replication/serve-replication.ts";
import { WORKER } from "./exchange-methods.ts";
import { ExchangeSessions, type WorkerHandler } from "./exchange-session.ts";
import { WORKER_PREFETCH } from "../../util/limits/requests.ts";

export type { WorkerHandler } from "./exchange-session.ts";

export interface ServeWorkerOptions {
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  readonly maxMessageBytes: number;
  /** A rejection is sent to the gateway with its code. */
  readonly handler: WorkerHandler;
  /** The answer to Jina's endpoint discovery. */
  readonly endpoints: Endpoints;
  /** For a stateful worker: takes a primary's stream and sends the snapshot. */
  readonly replication?: ReplicationHandlers;
}

/** Jina's methods that an executor serves. */
const METHODS: readonly JinaMethod[] = [
  "call",
  "processSingleData",
  "processData",
  "endpointDiscovery",
  "status",
];

/** How long a gateway may take to close its streams after they were ended. */
const STREAM_GRACE_MS = 200;

interface Closable {
  close(): void;
}

/** The server of a worker: our own exchange, Jina's methods, and replication. */
export class WorkerServer {
  readonly port: number;
  readonly #server: Server;
  readonly #health: HealthService;
  readonly #sessions: ExchangeSessions;
  readonly #streams: readonly Closable[];

  private constructor(
    port: number,
    parts: {
      readonly server: Server;
      readonly health: HealthService;
      readonly sessions: ExchangeSessions;
      readonly streams: readonly Closable[];
    },
  ) {
    this.port = port;
    this.#server = parts.server;
    this.#health = parts.health;
    this.#sessions = parts.sessions;
    this.#streams = parts.streams;
  }

  /** Rejects with `ALREADY_EXISTS`, naming `host:port`, if the port is taken. */
  static async start(options: ServeWorkerOptions): Promise<WorkerServer> {
    const server = makeServer(options.maxMessageBytes);
    const health = new HealthService(serviceNames(METHODS));
    health.addTo(server);
    const sessions = new ExchangeSessions(options.handler, options.maxMessageBytes);
    server.addService(WORKER, {
      exchange: (stream: ServerStream) => sessions.accept(stream),
    });
    const streams: Closable[] = [addJinaServices(server, sessions, options.endpoints)];
    addReflection(server, serviceNames(METHODS));
    if (options.replication) streams.push(addReplication(server, options.replication));
    const address = formatHostPort(options.host, options.port);
    const port = await bindServer(server, address, ServerCredentials.createInsecure());
    return new WorkerServer(port, { server, health, sessions, streams });
  }

  /** Sets the status in the health service. It is NOT_SERVING until the first call. */
  setServing(isServing: boolean): void {
    this.#health.setServing(isServing);
  }

  /** Takes no new calls, lets those in flight end for up to `graceMs`, then ends them. */
  async close(graceMs = 0): Promise<void> {
    this.#health.setServing(false);
    this.#health.close();
    await this.#sessions.close(graceMs);
    for (const streams of this.#streams) streams.close();
    await stopServer(this.#server, STREAM_GRACE_MS);
  }
}

/** Adds the methods that Jina's gateway calls, over the same handler. */
function addJinaServices(
  server: Server,
  sessions: ExchangeSessions,
  endpoints: Endpoints,
): CallStreams {
  const streams = new CallStreams();
  const run = async (
    requests: readonly Uint8Array[],
    context: CallContext,
  ): Promise<Uint8Array> => {
    const endpoint = DataRequest.read(requests[0] ?? new Uint8Array(0)).header.execEndpoint;
    const trace = readTraceContext(context.metadata);
    const reply = await sessions.run(
      {
        endpoint: endpoint || (context.metadata[METADATA.endpoint] ?? ""),
        requests,
        ...(trace === undefined ? {} : { trace }),
      },
      context.signal,
    );
    if (reply.isError) context.setTrailer(METADATA.isError, "true");
    return reply.response;
  };
  const { call, processSingleData, processData, endpointDiscovery, status } = JINA;
  const implementation: UntypedServiceImplementation = {
    call: (stream: ServerStream) =>
      streams.serve(stream, async (request, context) => run([request], context), {
        prefetch: WORKER_PREFETCH,
      }),
    processSingleData: serveUnary(async (request, context) => run([request], context)),
    processData: serveUnary(async (request, context) => run(decodeRequestList(request), context)),
    endpointDiscovery: serveUnary(async () => encodeEndpoints(endpoints)),
    status: serveUnary(async () => encodePeerVersions(serverVersions())),
  };
  server.addService(
    { call, processSingleData, processData, endpointDiscovery, status },
    implementation,
  );
  return streams;
}
