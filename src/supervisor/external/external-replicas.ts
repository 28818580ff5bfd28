import { listExternalAddresses, type Deployment } from "../../flow/flow.ts";
import { formatAddress } from "../../model/address.ts";
import type { ReplicaTraffic } from "../../model/control.ts";
import { toJflowError } from "../../util/errors.ts";
import type { Described } from "../../model/supervisor.ts";
import { JinaPeer } from "../../wire/jina/client/jina-peer.ts";
import { describePeer } from "../../wire/jina/messages/discovery.ts";
import { EXTERNAL_HEALTH_MS, EXTERNAL_HEALTH_TIMEOUT_MS } from "../../util/limits/processes.ts";

/** A replica of an external deployment: a server that this flow does not run. */
export interface ExternalReplica {
  readonly address: string;
  readonly deployment: string;
  readonly replica: number;
  /** `host:port`. */
  readonly target: string;
  /** `pending` until the first health check. */
  readonly state: "pending" | "ready" | "unhealthy";
  /** Measured by the gateway. */
  readonly traffic?: ReplicaTraffic;
}

/** Receives the results of the health checks. */
export interface ExternalDeps {
  /** The state of a replica has changed. */
  changed(): void;
  /** A replica began to answer. The argument holds the declarations of its executor. */
  learned(deployment: string, described: Described): void;
  /** The replica does not answer, or not yet. */
  lost(replica: ExternalReplica): void;
}

/**
 * The external replicas. The supervisor checks their health service, but does not start or stop
 * them.
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

  /** Checks each replica now and every two seconds. */
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

  /** Records the traffic of a replica. Returns false for an address that is not external. */
  measure(address: string, traffic: ReplicaTraffic): boolean {
    const replica = this.#replicas.get(address);
    if (replica !== undefined) this.#replicas.set(address, { ...replica, traffic });
    return replica !== undefined;
  }

  #add(deployment: Deployment): void {
    const addresses = listExternalAddresses(deployment);
    // A flow with wrong addresses is refused when the file is read.
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

/** A server without a health service counts as serving. */
async function answers(peer: JinaPeer): Promise<boolean> {
  return peer
    .isServing({ timeoutMs: EXTERNAL_HEALTH_TIMEOUT_MS })
    .catch((error: unknown) => toJflowError(error).code === "UNIMPLEMENTED");
}

/**
 * Returns what the executor declares. Returns undefined if the server has no endpoint discovery, as
 * Jina's gateways: the gateway then routes every endpoint to it.
 */
async function discover(peer: JinaPeer): Promise<Described | undefined> {
  const found = await peer
    .endpointDiscovery({ timeoutMs: EXTERNAL_HEALTH_TIMEOUT_MS })
    .catch(() => undefined);
  return found && describePeer(found);
}
