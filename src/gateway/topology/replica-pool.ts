import type { TopologyReplica } from "../../model/topology.ts";
import { LiveReplica } from "./live-replica.ts";
import type { ReplicaConnection } from "./replica-connection.ts";
import type { CallObserver } from "../observe/call-observer.ts";

/** One open connection to each replica process of the topology. */
export class ReplicaPool {
  readonly #connect: (replica: TopologyReplica) => ReplicaConnection;
  readonly #observerOf: (replica: TopologyReplica) => CallObserver;
  readonly #replicas = new Map<string, LiveReplica>();

  constructor(
    connect: (replica: TopologyReplica) => ReplicaConnection,
    observerOf: (replica: TopologyReplica) => CallObserver,
  ) {
    this.#connect = connect;
    this.#observerOf = observerOf;
  }

  /** Returns whether the process is part of the topology. */
  has(processId: string): boolean {
    return this.#replicas.has(processId);
  }

  /** Returns the connection to the replica's process; connects when the process is new. */
  open(replica: TopologyReplica): LiveReplica {
    const known = this.#replicas.get(replica.processId);
    if (known) return known;
    const observer = this.#observerOf(replica);
    const fresh = new LiveReplica(replica, this.#connect(replica), observer);
    this.#replicas.set(replica.processId, fresh);
    return fresh;
  }

  /** Closes the connections to all other processes, each once its calls have ended. */
  retain(processIds: ReadonlySet<string>): void {
    for (const [processId, replica] of this.#replicas) {
      if (processIds.has(processId)) continue;
      this.#replicas.delete(processId);
      replica.retire();
    }
  }

  close(): void {
    for (const replica of this.#replicas.values()) replica.close();
    this.#replicas.clear();
  }
}
