import { ServerCredentials, type Server, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { bindServer, makeServer, stopServer, type ServerStream } from "../grpc.ts";
import { addHealth } from "../health.ts";
import { CallStreams } from "../jina/call-stream.ts";
import { DataRequest, decodeRequestList } from "../jina/data-request.ts";
import type { JinaCallContext } from "../jina/jina-handler.ts";
import { JINA, METADATA, serviceNames, type JinaMethod } from "../jina/jina-methods.ts";
import { encodeEndpoints, encodePeerVersions, type Endpoints } from "../jina/messages.ts";
import { addReflection } from "../jina/reflection.ts";
import { formatHostPort } from "../jina/serve-jina.ts";
import { serveUnary } from "../jina/unary.ts";
import { peerVersions } from "../jina/versions.ts";
import type { ReplicationHandlers } from "../replication/replication-link.ts";
import { addReplication } from "../replication/serve-replication.ts";
import { WORKER } from "./exchange-methods.ts";
import { ExchangeSessions, type WorkerHandler } from "./exchange-session.ts";

export type { WorkerCallContext, WorkerHandler } from "./exchange-session.ts";

export interface ServeWorkerOptions {
  readonly host: string;
  /** 0 is a free one. */
  readonly port: number;
  readonly maxMessageBytes: number;
  /**
   * Answers our gateway and stock ones alike. A rejection reaches the gateway with its code;
   * nothing else is disturbed.
   */
  readonly handler: WorkerHandler;
  /** Told to stock gateways that ask. */
  readonly endpoints: Endpoints;
  /** A stateful worker's: how it takes a primary's stream and hands out its snapshot. */
  readonly replication?: ReplicationHandlers;
}

export interface WorkerServer {
  readonly port: number;
  /** What the health service says; NOT_SERVING until the first call. */
  setServing(serving: boolean): void;
  /** Takes no new calls, lets those in flight end for up to `graceMs`, then ends them. */
  close(graceMs?: number): Promise<void>;
}

/** What an executor serves of Jina's methods. */
const METHODS: readonly JinaMethod[] = [
  "call",
  "processSingleData",
  "processData",
  "endpointDiscovery",
  "status",
];

/** Requests of a stock gateway in flight per stream. */
const STREAM_PREFETCH = 1000;

/** A gateway that has been told of the end may still have a stream open. */
const STREAM_GRACE_MS = 200;

/** Rejects with `ALREADY_EXISTS`, naming host:port, where the port is taken. */
export async function serveWorker(options: ServeWorkerOptions): Promise<WorkerServer> {
  const server = makeServer(options.maxMessageBytes);
  const health = addHealth(server, serviceNames(METHODS));
  const sessions = new ExchangeSessions(options.handler, options.maxMessageBytes);
  server.addService(WORKER, {
    exchange: (stream: ServerStream) => sessions.accept(stream),
  });
  const streams = addJinaServices(server, sessions, options.endpoints);
  addReflection(server, serviceNames(METHODS));
  const replication = options.replication && addReplication(server, options.replication);
  const port = await bindServer(
    server,
    formatHostPort(options.host, options.port),
    ServerCredentials.createInsecure(),
  );
  return {
    port,
    setServing: (serving) => health.setServing(serving),
    close: async (graceMs = 0) => {
      health.setServing(false);
      health.close();
      await sessions.close(graceMs);
      streams.close();
      replication?.close();
      await stopServer(server, STREAM_GRACE_MS);
    },
  };
}

/** What a stock gateway needs, over the same handler. */
function addJinaServices(
  server: Server,
  sessions: ExchangeSessions,
  endpoints: Endpoints,
): CallStreams {
  const streams = new CallStreams();
  const run = async (
    requests: readonly Uint8Array[],
    context: JinaCallContext,
  ): Promise<Uint8Array> => {
    const endpoint = DataRequest.read(requests[0] ?? new Uint8Array(0)).header.execEndpoint;
    const reply = await sessions.run(
      { endpoint: endpoint || (context.metadata[METADATA.endpoint] ?? ""), requests },
      context,
    );
    if (reply.isError) context.setTrailer(METADATA.isError, "true");
    return reply.response;
  };
  const { call, processSingleData, processData, endpointDiscovery, status } = JINA;
  const implementation: UntypedServiceImplementation = {
    call: (stream: ServerStream) =>
      streams.serve(stream, async (request, context) => run([request], context), STREAM_PREFETCH),
    processSingleData: serveUnary(async (request, context) => run([request], context)),
    processData: serveUnary(async (request, context) => run(decodeRequestList(request), context)),
    endpointDiscovery: serveUnary(async () => encodeEndpoints(endpoints)),
    status: serveUnary(async () => encodePeerVersions(peerVersions())),
  };
  server.addService(
    { call, processSingleData, processData, endpointDiscovery, status },
    implementation,
  );
  return streams;
}
