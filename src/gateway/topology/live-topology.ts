import type { Topology, TopologyDeployment } from "../../model/topology.ts";
import { ChangeSignal } from "./change-signal.ts";
import { TopologyFacts } from "./topology-facts.ts";
import type { LiveReplica } from "./live-replica.ts";
import type { ReplicaPool } from "./replica-pool.ts";

/** The replicas of one shard that requests may go to. */
export interface LiveShard {
  readonly readable: readonly LiveReplica[];
  readonly primary: LiveReplica | undefined;
}

const NO_SHARD: LiveShard = { readable: [], primary: undefined };

/** The newest topology: the facts about it, and the open replicas of each shard. */
export class LiveTopology {
  readonly changes = new ChangeSignal();
  readonly #replicas: ReplicaPool;
  #facts = TopologyFacts.STARTING;
  #shards: ReadonlyMap<string, readonly LiveShard[]> = new Map();

  constructor(replicas: ReplicaPool) {
    this.#replicas = replicas;
  }

  get facts(): TopologyFacts {
    return this.#facts;
  }

  shard(deployment: string, shard: number): LiveShard {
    return this.#shards.get(deployment)?.[shard] ?? NO_SHARD;
  }

  /** Returns whether this process of a replica is still part of the topology. */
  isKnown(processId: string): boolean {
    return this.#replicas.has(processId);
  }

  /** Replaces the topology. A topology that is older than the current one is ignored. */
  update(topology: Topology): void {
    if (topology.version < this.#facts.version) return;
    const all = [...topology.deployments, ...topology.helpers];
    this.#shards = new Map(all.map((deployment) => [deployment.name, this.#open(deployment)]));
    this.#facts = new TopologyFacts(topology);
    this.#replicas.retain(
      new Set(all.flatMap(({ replicas }) => replicas.map(({ processId }) => processId))),
    );
    this.changes.emit();
  }

  close(): void {
    this.#replicas.close();
    this.#shards = new Map();
    this.changes.emit();
  }

  #open({ shards, replicas }: TopologyDeployment): readonly LiveShard[] {
    const open = replicas.map((replica) => ({ ...replica, live: this.#replicas.open(replica) }));
    return Array.from({ length: shards }, (_, shard) => {
      const own = open.filter((replica) => replica.shard === shard);
      return {
        readable: own.filter(({ readable }) => readable).map(({ live }) => live),
        primary: own.find(({ role }) => role === "primary")?.live,
      };
    });
  }
}
