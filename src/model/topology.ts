import type { EndpointSchemas } from "../document/v2/endpoint-schema.ts";
import type { Balancing } from "./shard/balancing.ts";
import type { PollingTable } from "./polling.ts";

/** One replica, as the gateway uses it. */
export interface TopologyReplica {
  /** `indexer/1/0`. */
  readonly address: string;
  readonly shard: number;
  readonly replica: number;
  readonly processId: string;
  /** `host:port`. */
  readonly target: string;
  /** The protocol of the connection: jflow's batched stream, or Jina's unary calls. */
  readonly wire: "jflow" | "jina";
  /** Null for a deployment without state. */
  readonly role: "primary" | "replica" | null;
  /**
   * Whether the replica gets reads: it is ready and, when stateful, in-sync and in the read
   * rotation. A primary takes writes even while it is not readable.
   */
  readonly readable: boolean;
  readonly tls?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How the answers of several shards become one. */
export type Merge =
  /**
   * Jina's rule, the union by document id:
   * https://github.com/jina-ai/jina/blob/master/jina/serve/runtimes/worker/request_handling.py
   */
  | { readonly kind: "jina" }
  /** `MatchMerger` of the gateway, named in `uses_after` or the default of the built-in index. */
  | {
      readonly kind: "builtin";
      readonly name: "MatchMerger";
      /** Results of a request without `limit`, where the executor is the built-in index. */
      readonly indexLimit?: number;
    }
  /**
   * A child process (the user's own `uses_after`): the deployment whose name this is, among
   * `helpers`.
   */
  | { readonly kind: "executor"; readonly deployment: string }
  /** `no_reduce`: the shards' documents one after another. */
  | { readonly kind: "concat" };

/** One named entry of the running flow. */
export interface TopologyDeployment {
  readonly name: string;
  /** `gateway` is the start. In the order of the YAML: joins merge in this order. */
  readonly needs: readonly string[];
  readonly shards: number;
  /** The size of the virtual hash space, stored with the data: see `chooseRoutingShards`. */
  readonly routingShards: number;
  /**
   * The bound endpoints, with `/default` if bound. Undefined while unknown: every request is sent
   * then.
   */
  readonly endpoints?: readonly string[];
  /**
   * The schemas of documents of docarray v2, by endpoint. Absent: the executor reads docarray v1.
   */
  readonly schemas?: EndpointSchemas;
  readonly writes: readonly string[];
  readonly polling: PollingTable;
  readonly merge: Merge;
  /** `uses_before`: the helper deployment that sees a request before it is scattered. */
  readonly before?: string;
  /** Replicated shards: writes go to the primary. */
  readonly stateful: boolean;
  readonly timeoutSendMs?: number;
  readonly retries?: number;
  /** How the replica of a read is chosen. */
  readonly balancing: Balancing;
  /** The calls that one replica has at once; undefined: no bound. */
  readonly maxInFlight?: number;
  /** The requests that wait for each shard while `maxInFlight` is reached. */
  readonly maxQueued: number;
  /** A side branch: it gets every request, its answer is ignored. */
  readonly floating: boolean;
  /** No reduce at a join: the executor gets `docsMatrix`. */
  readonly noReduce: boolean;
  /** A condition in the DocArray query language. */
  readonly when?: Readonly<Record<string, unknown>>;
  readonly replicas: readonly TopologyReplica[];
}

/** The replicas that exist. Every change makes a new topology. */
export interface Topology {
  /** Grows with every change. */
  readonly version: number;
  readonly flow: string;
  /** In the order of the YAML. */
  readonly deployments: readonly TopologyDeployment[];
  /**
   * Processes of `uses_before` and `uses_after`, and removed deployments: not part of the graph.
   */
  readonly helpers: readonly TopologyDeployment[];
  /**
   * Whether every planned replica has sent its hello once and every shard has had its primary: the
   * gateway may answer then.
   */
  readonly ready: boolean;
  /**
   * The last hundred processes that the supervisor killed, newest last. Such a death does not count
   * against a write.
   */
  readonly killed: readonly string[];
}
