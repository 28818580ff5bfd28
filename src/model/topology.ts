import type { EndpointSchemas } from "../document/v2/endpoint-schema.ts";
import type { PollingTable } from "./polling.ts";

/** One replica as the gateway sees it. */
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
   * It may be asked: ready and, stateful, in-sync and in the read rotation. A primary takes writes
   * even while it is not readable.
   */
  readonly readable: boolean;
  readonly tls?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How the answers of several shards become one. */
export type Merge =
  /** Jina's rule: union by document id (`reference/jina.md` 4.3). */
  | { readonly kind: "jina" }
  /** A file of the gateway, named in `uses_after`. */
  | {
      readonly kind: "builtin";
      readonly name: "MatchMerger";
    }
  /**
   * A child process (the user's own `uses_after`): the deployment whose name this is, among
   * `helpers`.
   */
  | { readonly kind: "executor"; readonly deployment: string }
  /** `no_reduce`: the shards' documents one after another. */
  | { readonly kind: "concat" };

/** One named entry of the flow as it runs. */
export interface TopologyDeployment {
  readonly name: string;
  /** `gateway` is the start. In the order of the YAML: joins merge in this order. */
  readonly needs: readonly string[];
  readonly shards: number;
  /** Size of the virtual hash space (`reference/shards.md` 2.1); stored with the data. */
  readonly routingShards: number;
  /**
   * Bound endpoints, `/default` among them if bound; undefined while unknown (then every request is
   * sent).
   */
  readonly endpoints?: readonly string[];
  /** Of documents of docarray v2, by endpoint; absent where it reads those of docarray v1. */
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
  /** A side branch: it gets every request, its answer is ignored. */
  readonly floating: boolean;
  /** No reduce at a join: the executor gets `docsMatrix`. */
  readonly noReduce: boolean;
  /** A condition in the DocArray query language. */
  readonly when?: Readonly<Record<string, unknown>>;
  readonly replicas: readonly TopologyReplica[];
}

/** The replicas that do exist, whole each time it changes. */
export interface Topology {
  /** Grows with every change. */
  readonly version: number;
  readonly flow: string;
  /** In the order of the YAML. */
  readonly deployments: readonly TopologyDeployment[];
  /** Processes of `uses_before` and `uses_after`: not part of the graph. */
  readonly helpers: readonly TopologyDeployment[];
  /**
   * Every planned replica has said hello once and every shard had its primary: the front may
   * answer.
   */
  readonly ready: boolean;
  /**
   * Processes that ended by the supervisor's hand, the newest last, the last hundred: such a death
   * does not count against a write.
   */
  readonly killed: readonly string[];
}
