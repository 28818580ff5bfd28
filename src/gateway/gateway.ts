import type { Server } from "node:http";
import type { ControlAnswer, ControlRequest, ReplicaTraffic } from "../model/control.ts";
import { waitAtMost } from "../util/wait-at-most.ts";
import type { GatewaySpec, Listener } from "../model/replica.ts";
import type { Topology } from "../model/topology.ts";
import { JinaServer } from "../wire/jina/server/jina-server.ts";
import { makeAdminListener } from "./fronts/admin/front.ts";
import { FlowService } from "./handler/flow-service.ts";
import { makeGrpcHandler } from "./fronts/grpc/front.ts";
import { HttpFront } from "./fronts/http/front.ts";
import { closeHttpServer, listenOn, makeHttpServer } from "./fronts/http/http-server.ts";
import { WebSocketFront, answerPlainHttp } from "./fronts/websocket/front.ts";
import { RequestHandler } from "./handler/request-handler.ts";
import { LiveTopology } from "./topology/live-topology.ts";
import { connectReplica } from "./topology/replica-connection.ts";
import { ReplicaPool } from "./topology/replica-pool.ts";
import { TrafficMeters } from "./topology/traffic-meters.ts";
import { DEFAULT_PREFETCH, LAST_ANSWERS_MS } from "../util/limits/requests.ts";

const LOOPBACK = "127.0.0.1";

/** What the gateway needs of the process it runs in. */
export interface GatewaySurroundings {
  /** Asks the supervisor. */
  ask(request: ControlRequest, timeoutMs: number): Promise<ControlAnswer>;
  /** Tells the user something. */
  report(notice: string): void;
  readonly version: string;
}

/** The running front door of a flow. */
export interface Gateway extends AsyncDisposable {
  /** With the ports that were bound. */
  readonly listeners: readonly Listener[];
  readonly adminPort: number;
  update(topology: Topology): void;
  /** By address of the replica. */
  reportTraffic(): Readonly<Record<string, ReplicaTraffic>>;
  /**
   * Takes nothing new, finishes what is in flight, in at most `timeoutMs`, and closes everything.
   */
  drain(timeoutMs: number): Promise<void>;
}

/** One open door: a gRPC server, or an HTTP server with the protocols that share it. */
interface Door {
  readonly listeners: readonly Listener[];
  setServing(serving: boolean): void;
  close(graceMs: number): Promise<void>;
}

/**
 * Binds all ports of the spec at once. Rejects with `ALREADY_EXISTS` naming the host:port that is
 * taken; then nothing stays open.
 */
export async function openGateway(
  spec: GatewaySpec,
  surroundings: GatewaySurroundings,
): Promise<Gateway> {
  const traffic = new TrafficMeters();
  const pool = new ReplicaPool((replica) => connectReplica(replica, spec.maxMessageBytes), traffic);
  const live = new LiveTopology(pool);
  const report = (text: string): void => surroundings.report(text);
  const handler = new RequestHandler({ live, report }, spec.timeoutSendMs);
  const flow = new FlowService(
    { live, handler, ask: (request, timeoutMs) => surroundings.ask(request, timeoutMs) },
    { name: spec.flow, version: surroundings.version },
  );
  const doors: Door[] = [];
  const closeAll = async (graceMs: number): Promise<void> => {
    await Promise.all(doors.map((door) => door.close(graceMs)));
    live.close();
  };
  try {
    for (const listeners of groupByPort(spec.listeners))
      doors.push(await openDoor(spec, flow, listeners));
    const admin = makeHttpServer(makeAdminListener(flow), undefined);
    const adminPort = await listenOn(admin, LOOPBACK, spec.adminPort);
    doors.push({
      listeners: [],
      setServing: () => undefined,
      close: (graceMs) => closeHttpServer(admin, graceMs),
    });
    return {
      listeners: doors.flatMap((door) => door.listeners),
      adminPort,
      update(topology) {
        live.update(topology);
        doors.forEach((door) => door.setServing(topology.ready));
      },
      reportTraffic: () => traffic.report(performance.now()),
      async drain(timeoutMs) {
        doors.forEach((door) => door.setServing(false));
        const endMs = Date.now() + timeoutMs;
        await waitAtMost(handler.finish(), timeoutMs);
        await closeAll(Math.min(LAST_ANSWERS_MS, Math.max(0, endMs - Date.now())));
      },
      [Symbol.asyncDispose]: () => closeAll(0),
    };
  } catch (error) {
    await closeAll(0);
    throw error;
  }
}

/** Listeners that share a port: HTTP and WebSocket may. Port 0 is another one each time. */
function groupByPort(listeners: readonly Listener[]): Listener[][] {
  const groups: Listener[][] = [];
  for (const listener of listeners) {
    const shared = groups.find(([first]) => first!.port === listener.port && listener.port !== 0);
    const isHttp = listener.protocol !== "grpc" && shared?.[0]?.protocol !== "grpc";
    if (shared && isHttp) shared.push(listener);
    else groups.push([listener]);
  }
  return groups;
}

async function openDoor(
  spec: GatewaySpec,
  flow: FlowService,
  listeners: readonly Listener[],
): Promise<Door> {
  const [first] = listeners;
  const { maxMessageBytes } = spec;
  const host = first!.host ?? spec.host;
  // The door of this machine's own commands has a host of its own, and is plain.
  const tls = first!.host === undefined ? spec.tls : undefined;
  const prefetch = spec.prefetch > 0 ? spec.prefetch : DEFAULT_PREFETCH;
  const bind = (port: number): Listener[] => listeners.map((listener) => ({ ...listener, port }));
  if (first!.protocol === "grpc") {
    const handler = makeGrpcHandler(flow);
    const server: JinaServer = await JinaServer.start({
      host,
      port: first!.port,
      handler,
      maxMessageBytes,
      prefetch,
      ...(tls ? { tls } : {}),
    });
    return {
      listeners: bind(server.port),
      setServing: (on) => server.setServing(on),
      close: (ms) => server.close(ms),
    };
  }
  const has = (protocol: Listener["protocol"]): boolean =>
    listeners.some((listener) => listener.protocol === protocol);
  const server: Server = makeHttpServer(
    has("http") ? new HttpFront(flow, spec).listener : answerPlainHttp,
    tls,
  );
  const sockets = has("websocket")
    ? new WebSocketFront(flow, { maxMessageBytes, prefetch })
    : undefined;
  if (sockets) server.on("upgrade", sockets.upgrade);
  const port = await listenOn(server, host, first!.port);
  const close = async (graceMs: number): Promise<void> => {
    sockets?.close();
    await closeHttpServer(server, graceMs);
  };
  return { listeners: bind(port), setServing: () => undefined, close };
}
