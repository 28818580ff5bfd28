import type { ControlAnswer, ControlRequest, GatewayTraffic } from "../model/control/messages.ts";
import type { MetricFamilies } from "../util/metrics/family.ts";
import type { GatewaySpec, Listener } from "../model/replica.ts";
import type { Topology } from "../model/topology.ts";
import { DEFAULT_PREFETCH, LAST_ANSWERS_MS } from "../util/limits/requests.ts";
import type { Tracer } from "../wire/tracing/tracer.ts";
import { UNTRACED } from "../wire/tracing/span-names.ts";
import type { FrontListener } from "./fronts/front-listener.ts";
import { GrpcFront } from "./fronts/grpc/front.ts";
import { GrpcListener } from "./fronts/grpc/listener.ts";
import { HttpFront } from "./fronts/http/front.ts";
import { HttpListener } from "../wire/http/http-listener.ts";
import { WebSocketFront } from "./fronts/websocket/front.ts";
import { WebSocketListener } from "./fronts/websocket/listener.ts";
import { FlowService } from "./handler/flow-service.ts";
import { RequestHandler } from "./handler/request-handler.ts";
import { gatewayFamilies } from "./observe/gateway-families.ts";
import { RequestObserver } from "./observe/request-observer.ts";
import { LiveTopology } from "./topology/live-topology.ts";
import { connectReplica } from "./topology/replica-connection.ts";
import { ReplicaPool } from "./topology/replica-pool.ts";

/** The address of the gateway among the replicas of the flow. */
export const GATEWAY_ADDRESS = "gateway/0/0";

/** The collaborators of the gateway. */
export interface GatewayDeps {
  /** Asks the supervisor. */
  readonly ask: (request: ControlRequest, timeoutMs: number) => Promise<ControlAnswer>;
  /** Sends a notice to the user. */
  readonly report: (notice: string) => void;
  readonly version: string;
  /** Absent: requests are not traced. */
  readonly tracer?: Tracer;
}

/** The running gateway of a flow: the process that clients talk to. */
export class Gateway implements AsyncDisposable {
  readonly #observer: RequestObserver;
  readonly #live: LiveTopology;
  readonly #handler: RequestHandler;
  readonly #open: FrontListener[] = [];
  readonly #listeners: Listener[] = [];

  private constructor(spec: GatewaySpec, { report, tracer }: GatewayDeps) {
    const { processId, maxMessageBytes, timeoutSendMs } = spec;
    this.#observer = new RequestObserver({ address: GATEWAY_ADDRESS, processId }, tracer);
    const options = { maxMessageBytes, ...(tracer === undefined ? {} : { untraced: UNTRACED }) };
    this.#live = new LiveTopology(
      new ReplicaPool(
        (replica) => connectReplica(replica, options),
        (replica) => this.#observer.callsOf(replica),
      ),
    );
    this.#handler = new RequestHandler(
      { live: this.#live, report, observer: this.#observer },
      { timeoutSendMs, maxMessageBytes },
    );
  }

  /**
   * Binds all ports of the spec. Rejects with `ALREADY_EXISTS`, with host:port in the message, if a
   * port is taken. In that case, all ports are closed again.
   */
  static async open(spec: GatewaySpec, deps: GatewayDeps): Promise<Gateway> {
    const gateway = new Gateway(spec, deps);
    try {
      await gateway.#listen(spec, deps);
      return gateway;
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The listeners of the spec, with the ports that were bound. */
  get listeners(): readonly Listener[] {
    return this.#listeners;
  }

  update(topology: Topology): void {
    this.#live.update(topology);
    this.#setServing(topology.ready);
  }

  /** The traffic of the gateway, each deployment and each replica. */
  reportTraffic(): GatewayTraffic {
    const { replicas, deployments } = this.#observer.reportTraffic();
    const queued = (name: string): number =>
      this.#handler.queueLengths
        .filter(({ deployment }) => deployment === name)
        .reduce((sum, { length }) => sum + length, 0);
    const withQueues = Object.entries(deployments).map(([name, traffic]) => [
      name,
      { ...traffic, queued: queued(name) },
    ]);
    return {
      replicas,
      deployments: Object.fromEntries(withQueues) as GatewayTraffic["deployments"],
    };
  }

  /** The metrics of this process. */
  measure(): MetricFamilies {
    const { metrics, calls } = this.#observer;
    const queues = this.#handler.queueLengths;
    return gatewayFamilies({ requests: metrics, calls: [...calls.values()], queues });
  }

  /**
   * Refuses new requests, finishes the requests in flight in at most `timeoutMs`, and closes.
   * Returns the number of requests that did not finish.
   */
  async drain(timeoutMs: number): Promise<number> {
    this.#setServing(false);
    const endMs = Date.now() + timeoutMs;
    const unfinished = await this.#handler.finish(timeoutMs);
    await this.#close(Math.min(LAST_ANSWERS_MS, Math.max(0, endMs - Date.now())));
    return unfinished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close(0);
  }

  async #listen(spec: GatewaySpec, { ask, version }: GatewayDeps): Promise<void> {
    const flow = new FlowService(
      { live: this.#live, handler: this.#handler, observer: this.#observer, ask },
      { name: spec.flow, version },
    );
    for (const listeners of groupByPort(spec.listeners)) {
      const open = await openListener(spec, flow, listeners);
      this.#open.push(open);
      this.#listeners.push(...listeners.map((one) => ({ ...one, port: open.port })));
    }
  }

  #setServing(serving: boolean): void {
    for (const listener of this.#open) listener.setServing(serving);
  }

  async #close(graceMs: number): Promise<void> {
    await Promise.all(this.#open.map((listener) => listener.close(graceMs)));
    this.#live.close();
  }
}

/**
 * Groups the listeners that share a port. Only HTTP and WebSocket can share one. Each port 0 is a
 * port of its own.
 */
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

/** Opens the port that the listeners share. */
async function openListener(
  spec: GatewaySpec,
  flow: FlowService,
  listeners: readonly Listener[],
): Promise<FrontListener> {
  const { host, port } = listeners[0]!;
  const { maxMessageBytes } = spec;
  const prefetch = spec.prefetch > 0 ? spec.prefetch : DEFAULT_PREFETCH;
  // A listener with its own host serves the commands on this machine, so it does not use TLS.
  const options = { host: host ?? spec.host, port, tls: host === undefined ? spec.tls : undefined };
  const protocols = new Set(listeners.map(({ protocol }) => protocol));
  if (protocols.has("grpc"))
    return GrpcListener.open({ ...options, maxMessageBytes, prefetch }, new GrpcFront(flow));
  const http = protocols.has("http") ? new HttpFront(flow, spec).listener : undefined;
  if (http && !protocols.has("websocket")) return HttpListener.open(options, http);
  return WebSocketListener.open(
    options,
    new WebSocketFront(flow, { maxMessageBytes, prefetch }),
    http,
  );
}
