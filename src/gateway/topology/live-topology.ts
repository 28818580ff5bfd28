import type { ReplicaTraffic } from "../../model/control.ts";
import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import { JflowError } from "../../util/errors.ts";
import type { Topology, TopologyDeployment, TopologyReplica } from "../../model/topology.ts";
import type { RequestHeader } from "../../wire/jina/messages/header.ts";
import { SerialQueue } from "../../util/serial-queue.ts";
import { chooseReplica } from "../routing/balance.ts";
import { findFlowSchema } from "./flow-schema.ts";
import { layOutGraph, type Graph } from "./graph.ts";
import { LiveReplica } from "./live-replica.ts";
import type { ReplicaHop } from "./replica-connection.ts";
import { TrafficMeter } from "./traffic-meter.ts";

/** The replicas of one shard as they stand. */
interface LiveShard {
  readonly readable: readonly LiveReplica[];
  readonly primary: LiveReplica | undefined;
}

interface LiveDeployment {
  readonly deployment: TopologyDeployment;
  readonly shards: readonly LiveShard[];
}

const NO_SHARD: LiveShard = { readable: [], primary: undefined };

/**
 * The newest Topology with an open hop to each of its replicas, and the cursors of round robin,
 * which outlive every change.
 */
export class LiveTopology {
  readonly #openHop: (replica: TopologyReplica) => ReplicaHop;
  readonly #replicas = new Map<string, LiveReplica>();
  readonly #meters = new Map<string, TrafficMeter>();
  readonly #cursors = new Map<string, number>();
  readonly #suspects = new Map<string, SerialQueue>();
  readonly #waiting = new Set<() => void>();
  readonly #updateListeners: (() => void)[] = [];
  #deployments = new Map<string, LiveDeployment>();
  #graph: Graph = layOutGraph([]);
  #endpoints: readonly string[] = [];
  #topology: Topology | undefined;

  constructor(openHop: (replica: TopologyReplica) => ReplicaHop) {
    this.#openHop = openHop;
  }

  /** Undefined until the first one came. */
  get topology(): Topology | undefined {
    return this.#topology;
  }

  get graph(): Graph {
    return this.#graph;
  }

  /** All endpoints that an executor of the flow binds. */
  get endpoints(): readonly string[] {
    return this.#endpoints;
  }

  /**
   * What the documents of a request look like where the executors read docarray v2. Throws
   * `INVALID_ARGUMENT` for a `target_executor` that is no pattern.
   */
  findSchema({
    execEndpoint,
    targetExecutor,
  }: Pick<RequestHeader, "execEndpoint" | "targetExecutor">): EndpointSchema | undefined {
    const query = { endpoint: execEndpoint, targetExecutor };
    return findFlowSchema(this.#graph, (name) => this.deployment(name), query);
  }

  get isReady(): boolean {
    return this.#topology?.ready ?? false;
  }

  /** Called after each change. */
  onUpdate(listener: () => void): void {
    this.#updateListeners.push(listener);
  }

  /**
   * Takes the next Topology; an older one than known is ignored. Ways to replicas that are gone are
   * closed.
   */
  update(topology: Topology): void {
    if (this.#topology && topology.version < this.#topology.version) return;
    const all = [...topology.deployments, ...topology.helpers];
    const kept = new Set(
      all.flatMap((deployment) => deployment.replicas.map((replica) => replica.processId)),
    );
    this.#deployments = new Map(all.map((deployment) => [deployment.name, this.#open(deployment)]));
    this.#graph = layOutGraph(topology.deployments);
    this.#endpoints = [
      ...new Set(topology.deployments.flatMap(({ endpoints }) => endpoints ?? [])),
    ];
    this.#topology = topology;
    for (const [processId, replica] of this.#replicas) {
      if (kept.has(processId)) continue;
      this.#replicas.delete(processId);
      replica.retire();
    }
    for (const listener of this.#updateListeners) listener();
    this.#wake();
  }

  /** A deployment or helper by name, as it is now. */
  deployment(name: string): TopologyDeployment | undefined {
    return this.#deployments.get(name)?.deployment;
  }

  /**
   * The replica whose turn it is among the readable ones of a shard that are not in `tried`; one
   * that was just lost only if there is no other.
   */
  chooseReadable(
    deployment: string,
    shard: number,
    tried: ReadonlySet<string>,
  ): LiveReplica | undefined {
    const { readable } = this.#shard(deployment, shard);
    const key = `${deployment}/${shard}`;
    const cursor = this.#cursors.get(key) ?? 0;
    const connected = readable.some((replica) => replica.isLost)
      ? readable.filter((replica) => !replica.isLost)
      : readable;
    const choice = chooseReplica(connected.length > 0 ? connected : readable, cursor, tried);
    if (choice) this.#cursors.set(key, choice.cursor);
    return choice?.replica;
  }

  hasReadable(deployment: string, shard: number): boolean {
    return this.#shard(deployment, shard).readable.some((replica) => !replica.isLost);
  }

  primary(deployment: string, shard: number): LiveReplica | undefined {
    return this.#shard(deployment, shard).primary;
  }

  /** Where requests to a shard wait for each other that may be what ends its processes. */
  suspects(deployment: string, shard: number): SerialQueue {
    const key = `${deployment}/${shard}`;
    const queue = this.#suspects.get(key) ?? new SerialQueue();
    this.#suspects.set(key, queue);
    return queue;
  }

  /** Whether this incarnation of a replica is still part of the Topology. */
  isKnown(processId: string): boolean {
    return this.#replicas.has(processId);
  }

  /** How many requests took a turn at `ANY` polling of a deployment before this one. */
  takeTurn(deployment: string): number {
    const turn = this.#cursors.get(deployment) ?? 0;
    this.#cursors.set(deployment, turn + 1);
    return turn;
  }

  /** Resolves at the next change, or after `ms`. Rejects with `CANCELLED` when `signal` aborts. */
  async waitForChange(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        if (signal.aborted) reject(new JflowError("CANCELLED", "the caller is gone"));
        else resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    });
  }

  /** Traffic by address, of every replica there ever was. */
  reportTraffic(nowMs: number): Record<string, ReplicaTraffic> {
    return Object.fromEntries(
      [...this.#meters].map(([address, meter]) => [address, meter.report(nowMs)]),
    );
  }

  close(): void {
    for (const replica of this.#replicas.values()) replica.close();
    this.#replicas.clear();
    this.#deployments.clear();
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #shard(deployment: string, shard: number): LiveShard {
    return this.#deployments.get(deployment)?.shards[shard] ?? NO_SHARD;
  }

  #open(deployment: TopologyDeployment): LiveDeployment {
    const shards = Array.from({ length: deployment.shards }, (_, shard): LiveShard => {
      const replicas = deployment.replicas.filter((replica) => replica.shard === shard);
      const primary = replicas.find((replica) => replica.role === "primary");
      return {
        readable: replicas
          .filter((replica) => replica.readable)
          .map((replica) => this.#replica(replica)),
        primary: primary && this.#replica(primary),
      };
    });
    for (const replica of deployment.replicas) this.#replica(replica);
    return { deployment, shards };
  }

  #replica(replica: TopologyReplica): LiveReplica {
    const known = this.#replicas.get(replica.processId);
    if (known) return known;
    const meter = this.#meters.get(replica.address) ?? new TrafficMeter();
    this.#meters.set(replica.address, meter);
    const fresh = new LiveReplica(replica, this.#openHop(replica), meter);
    this.#replicas.set(replica.processId, fresh);
    return fresh;
  }
}
