import { listExternalAddresses, type Deployment } from "../../flow/flow.ts";
import { formatAddress } from "../../model/address.ts";
import type { ReplicaTraffic } from "../../model/control.ts";
import { toJflowError } from "../../util/errors.ts";
import type { Described } from "../../model/supervisor.ts";
import { JinaPeer } from "../../wire/jina/client/jina-peer.ts";
import { describePeer } from "../../wire/jina/messages/discovery.ts";
import { EXTERNAL_HEALTH_MS, EXTERNAL_HEALTH_TIMEOUT_MS } from "../../util/limits/processes.ts";

/** One replica of an external deployment: a server that others run. */
export interface ExternalReplica {
  readonly address: string;
  readonly deployment: string;
  readonly replica: number;
  /** `host:port`. */
  readonly target: string;
  /** `pending` until it was looked at. */
  readonly state: "pending" | "ready" | "unhealthy";
  /** As the gateway measures it. */
  readonly traffic?: ReplicaTraffic;
}

/** What is done with what is found. */
export interface ExternalDeps {
  /** The state of a replica is another than before. */
  changed(): void;
  /** What the executor of a deployment declares, whenever one of its replicas begins to answer. */
  learned(deployment: string, described: Described): void;
  /** It answers no more, or not yet. */
  lost(replica: ExternalReplica): void;
}

/**
 * The replicas that run elsewhere: looked at through their health service, never started, stopped
 * or waited for.
 */
export class ExternalReplicas {
  readonly #hands: ExternalDeps;
  readonly #replicas = new Map<string, ExternalReplica>();
  readonly #peers = new Map<string, JinaPeer>();
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(deployments: readonly Deployment[], hands: ExternalDeps) {
    this.#hands = hands;
    for (const deployment of deployments.filter(({ external }) => external)) this.#add(deployment);
  }

  get all(): readonly ExternalReplica[] {
    return [...this.#replicas.values()];
  }

  /** Looks at each now and every two seconds. */
  start(): void {
    for (const address of this.#replicas.keys()) {
      let isLooking = false;
      const look = async (): Promise<void> => {
        if (isLooking) return;
        isLooking = true;
        await this.#look(address);
        isLooking = false;
      };
      void look();
      this.#timers.push(setInterval(() => void look(), EXTERNAL_HEALTH_MS).unref());
    }
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    for (const peer of this.#peers.values()) peer.close();
  }

  /** Takes the traffic of a replica; false for an address that is none of these. */
  measure(address: string, traffic: ReplicaTraffic): boolean {
    const replica = this.#replicas.get(address);
    if (replica !== undefined) this.#replicas.set(address, { ...replica, traffic });
    return replica !== undefined;
  }

  #add(deployment: Deployment): void {
    const addresses = listExternalAddresses(deployment);
    // A flow whose places are wrong is refused when it is read.
    if (typeof addresses === "string") return;
    for (const [replica, { target, tls }] of addresses.entries()) {
      const address = formatAddress(deployment.name, 0, replica);
      this.#replicas.set(address, {
        address,
        deployment: deployment.name,
        replica,
        target,
        state: "pending",
      });
      this.#peers.set(address, new JinaPeer(target, { tls, metadata: deployment.grpcMetadata }));
    }
  }

  async #look(address: string): Promise<void> {
    const peer = this.#peers.get(address)!;
    const isAnswering = await answers(peer);
    const known = this.#replicas.get(address)!;
    const state = isAnswering ? "ready" : "unhealthy";
    if (known.state === state || this.#timers.length === 0) return;
    const now = { ...known, state } as const;
    this.#replicas.set(address, now);
    this.#hands.changed();
    if (!isAnswering) this.#hands.lost(now);
    const described = isAnswering ? await discover(peer) : undefined;
    if (described !== undefined) this.#hands.learned(known.deployment, described);
  }
}

/** A server without the health service answers too. */
async function answers(peer: JinaPeer): Promise<boolean> {
  return peer
    .isServing({ timeoutMs: EXTERNAL_HEALTH_TIMEOUT_MS })
    .catch((error: unknown) => toJflowError(error).code === "UNIMPLEMENTED");
}

/** Undefined where it does not say, as Jina's gateways do not: then it is asked for everything. */
async function discover(peer: JinaPeer): Promise<Described | undefined> {
  const found = await peer
    .endpointDiscovery({ timeoutMs: EXTERNAL_HEALTH_TIMEOUT_MS })
    .catch(() => undefined);
  return found && describePeer(found);
}
