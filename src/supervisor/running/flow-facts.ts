import type { GatewayHello, WorkerHello } from "../../model/replica.ts";
import type { Described } from "../../model/supervisor.ts";
import type { Topology } from "../../model/topology.ts";
import type { Service } from "../describe/flow-events.ts";
import { gatewayAddresses } from "../describe/gateway-addresses.ts";
import { helperName } from "../decide/planned-replica.ts";
import { describeTopology } from "../decide/topology.ts";
import type { FlowPlan } from "../plan/flow-plan.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import type { Shards } from "../shards/shards.ts";
import { TrafficBoard } from "./traffic-board.ts";
import type { StateFile } from "../disk/state-file.ts";

/** The admin server listens on loopback only. */
export const ADMIN_HOST = "127.0.0.1";
/** The number of killed processes that the topology lists. */
const KILLED_KEPT = 100;

/**
 * The facts about a running flow apart from the states of its replicas: the declarations of its
 * executors and the addresses of its gateway.
 */
export class FlowFacts {
  readonly #plan: () => FlowPlan;
  readonly #stateFile: StateFile;
  readonly #described = new Map<string, Described>();
  readonly traffic = new TrafficBoard();
  /** The replicas that use too much memory, by address. */
  readonly memoryProblems = new Map<string, string>();
  #gateway: GatewayHello | undefined;
  /** The port of the admin server; undefined before it is open. */
  adminPort: number | undefined;
  #killed: readonly string[] = [];

  /** `plan` returns the plan in effect. */
  constructor(plan: () => FlowPlan, stateFile: StateFile) {
    this.#plan = plan;
    this.#stateFile = stateFile;
  }

  learn(replica: ReplicaProcess, hello: WorkerHello | GatewayHello): void {
    if (hello.kind === "gateway") {
      this.#gateway = hello;
      return;
    }
    const { endpoints, writes, polling, stateful, schemas } = hello;
    const described = {
      endpoints,
      writes,
      polling,
      stateful,
      ...(schemas === undefined ? {} : { schemas }),
    };
    this.describe(helperName(replica.planned), described);
  }

  /** Records what the executor of a deployment or helper declares. */
  describe(name: string, described: Described): void {
    this.#described.set(name, described);
  }

  /** Returns what the executor of a deployment or helper declares; undefined while unknown. */
  describedOf(name: string): Described | undefined {
    return this.#described.get(name);
  }

  /** Records that the supervisor ends a process. */
  markKilled(processId: string): void {
    if (!this.#killed.includes(processId))
      this.#killed = [...this.#killed, processId].slice(-KILLED_KEPT);
  }

  /** The hello of the first gateway: a later gateway gets the same ports. */
  get gateway(): GatewayHello | undefined {
    return this.#gateway;
  }

  /** The addresses of the gateway, by protocol, and that of the admin server. */
  addresses(): Readonly<Record<string, string>> {
    const admin =
      this.adminPort === undefined ? {} : { admin: `http://${ADMIN_HOST}:${this.adminPort}` };
    return { ...this.#listenAddresses(), ...admin };
  }

  #listenAddresses(): Readonly<Record<string, string>> {
    if (this.#gateway === undefined) return {};
    const { host, tls } = this.#plan().flow.gateway;
    const { listeners } = this.#gateway;
    return gatewayAddresses(listeners, { host, isSecure: tls !== undefined });
  }

  /** The addresses and endpoints that clients can call. */
  service(): Service {
    const endpoints = this.#plan().flow.deployments.flatMap(
      ({ name }) => this.#described.get(name)?.endpoints ?? [],
    );
    return { gateway: this.addresses(), endpoints: [...new Set(endpoints)] };
  }

  topology(
    replicas: readonly ReplicaProcess[],
    shards: Shards,
    state: { version: number; ready: boolean },
  ): Topology {
    const { flow, leaving = [] } = this.#plan();
    const { name, deployments } = flow;
    const source = {
      flow: name,
      deployments,
      leaving,
      replicas: replicas.map((replica) => ({
        planned: replica.planned,
        state: replica.state,
        target: replica.target,
        role: shards.roleOf(replica),
      })),
      described: this.#described,
      routingShardsOf: (deployment: string, count: number) =>
        this.#stateFile.routingShardsOf(deployment, count),
      ready: state.ready,
      killed: this.#killed,
    };
    return describeTopology(source, state.version);
  }
}
