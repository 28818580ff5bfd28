import { listExternalAddresses, type Deployment } from "../../flow/flow.ts";
import { formatAddress } from "../../model/address.ts";
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
  readonly #peers = new Map<string, ExternalPeer>();
  #isStarted = false;

  constructor(deployments: readonly Deployment[], hands: ExternalDeps) {
    this.#hands = hands;
    this.apply(deployments);
  }

  /** Replaces the deployments. The replicas that stay as they are keep their state. */
  apply(deployments: readonly Deployment[]): void {
    const wanted = new Map(
      deployments.flatMap(listReplicas).map((wish) => [wish.replica.address, wish]),
    );
    for (const address of this.#replicas.keys())
      if (wanted.get(address)?.key !== this.#peers.get(address)!.key) this.#remove(address);
    for (const [address, wish] of wanted) {
      if (this.#replicas.has(address)) continue;
      this.#replicas.set(address, wish.replica);
      this.#peers.set(address, { key: wish.key, peer: wish.open(), timer: undefined });
      if (this.#isStarted) this.#watch(address);
    }
  }

  get all(): readonly ExternalReplica[] {
    return [...this.#replicas.values()];
  }

  /** Checks each replica now and every two seconds. */
  start(): void {
    this.#isStarted = true;
    for (const address of this.#replicas.keys()) this.#watch(address);
  }

  stop(): void {
    this.#isStarted = false;
    for (const { peer, timer } of this.#peers.values()) {
      clearInterval(timer);
      peer.close();
    }
  }

  #watch(address: string): void {
    const watched = this.#peers.get(address)!;
    let isLooking = false;
    const look = async (): Promise<void> => {
      if (isLooking) return;
      isLooking = true;
      await this.#look(address, watched);
      isLooking = false;
    };
    void look();
    watched.timer = setInterval(() => void look(), EXTERNAL_HEALTH_MS).unref();
  }

  #remove(address: string): void {
    const { peer, timer } = this.#peers.get(address)!;
    clearInterval(timer);
    peer.close();
    this.#peers.delete(address);
    this.#replicas.delete(address);
  }

  async #look(address: string, watched: ExternalPeer): Promise<void> {
    const { peer } = watched;
    const isAnswering = await answers(peer);
    const known = this.#replicas.get(address);
    const state = isAnswering ? "ready" : "unhealthy";
    const isWatched = this.#isStarted && this.#peers.get(address) === watched;
    if (known === undefined || known.state === state || !isWatched) return;
    const now = { ...known, state } as const;
    this.#replicas.set(address, now);
    this.#hands.changed();
    if (!isAnswering) this.#hands.lost(now);
    const described = isAnswering ? await discover(peer) : undefined;
    if (described !== undefined) this.#hands.learned(known.deployment, described);
  }
}

interface ExternalPeer {
  /** Differs for each target and way to connect. */
  readonly key: string;
  readonly peer: JinaPeer;
  timer: NodeJS.Timeout | undefined;
}

/** A replica that the flow names, before its first health check. */
interface NamedReplica {
  readonly replica: ExternalReplica;
  readonly key: string;
  open(): JinaPeer;
}

function listReplicas(deployment: Deployment): readonly NamedReplica[] {
  const { name, external, grpcMetadata: metadata } = deployment;
  const addresses = external ? listExternalAddresses(deployment) : [];
  // A flow with wrong addresses is refused when the file is read.
  if (typeof addresses === "string") return [];
  return addresses.map(({ target, tls }, replica) => ({
    replica: {
      address: formatAddress(name, 0, replica),
      deployment: name,
      replica,
      target,
      state: "pending",
    },
    key: JSON.stringify([target, tls, metadata]),
    open: () => new JinaPeer(target, { tls, metadata }),
  }));
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
