import type { Polling } from "../model/polling.ts";
import type { Durability, GatewaySpec, Listener, PythonExecutor } from "../model/replica.ts";

/** What a deployment runs. */
export type Uses =
  /**
   * One of the built-ins by its bare name; `BaseExecutor` does nothing and is what a deployment
   * without `uses` runs.
   */
  | { readonly kind: "builtin"; readonly name: string }
  /**
   * A module of the user's, by absolute path. Without `exportName` its one exported class that has
   * `requests`.
   */
  | { readonly kind: "file"; readonly path: string; readonly exportName?: string }
  /** A stock Python executor. */
  | ({ readonly kind: "python" } & PythonExecutor)
  /** An npm package, resolved from the flow's folder. */
  | { readonly kind: "package"; readonly name: string; readonly exportName?: string };

/**
 * `polling` as the flow file states it: one word for the endpoints without a rule of their own, or
 * a rule per endpoint (`*`: the rest).
 */
export type StatedPolling = Polling | Readonly<Record<string, Polling>>;

/** How often a deployment's child may die after it was ready before its replica is `failed`. */
export interface RestartPolicy {
  readonly maxRestarts: number;
}

/** The front door, every default filled. Units as in `GatewaySpec`. */
export interface FlowGateway {
  readonly host: string;
  readonly listeners: readonly Listener[];
  /** Port of the admin HTTP server; 0 is a free one. */
  readonly adminPort: number;
  readonly prefetch: number;
  /** The largest message taken, in bytes. */
  readonly maxMessageBytes: number;
  /** A request's deadline where the client gives none. Absent: none. */
  readonly timeoutSendMs?: number;
  readonly cors: boolean;
  readonly title: string;
  readonly description: string;
  readonly noDebugEndpoints: boolean;
  readonly noCrudEndpoints: boolean;
  readonly exposeEndpoints: GatewaySpec["exposeEndpoints"];
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** The flow's environment with the gateway's own laid over it. */
  readonly env: Readonly<Record<string, string>>;
}

/** One entry of `executors`, every default filled. */
export interface Deployment {
  readonly name: string;
  readonly uses: Uses;
  /** `uses` as the user wrote it: for messages. */
  readonly usesText: string;
  readonly usesWith: Readonly<Record<string, unknown>>;
  /** Endpoint to method, laid over the class's own. */
  readonly usesRequests?: Readonly<Record<string, string>>;
  /**
   * Names of deployments; `gateway` is the start. In the order of the file: joins merge in this
   * order.
   */
  readonly needs: readonly string[];
  readonly shards: number;
  /** Copies of each shard. */
  readonly replicas: number;
  readonly polling?: StatedPolling;
  readonly usesBefore?: Uses;
  readonly usesAfter?: Uses;
  /** Absolute. Absent: the flow's. */
  readonly workspace?: string;
  /** The flow's environment with the deployment's own laid over it. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute paths. */
  readonly pyModules: readonly string[];
  /** How long a start may take. */
  readonly timeoutReadyMs: number;
  /** Deadline of one call to a replica. Absent: the flow's. */
  readonly timeoutSendMs?: number;
  /** Further tries of one call; -1 is Jina's default rule. */
  readonly retries: number;
  readonly durability: Durability;
  readonly restart?: RestartPolicy;
  /** It runs elsewhere, at `host` and `port`. */
  readonly external: boolean;
  readonly host: readonly string[];
  /** Of one that runs here: as many as its processes, or without effect. */
  readonly port: readonly number[];
  readonly tls: boolean;
  readonly grpcMetadata: Readonly<Record<string, string>>;
  /** A condition in the DocArray query language. */
  readonly when?: Readonly<Record<string, unknown>>;
  /** A side branch: it gets every request, its answer is ignored. */
  readonly floating: boolean;
  readonly noReduce: boolean;
  /** Names of exceptions after which a worker ends. */
  readonly exitOnExceptions: readonly string[];
}

/** A checked flow: everything the file says, every default filled, every path absolute. */
export interface Flow {
  readonly name: string;
  /** The flow file, absolute. */
  readonly file: string;
  /** The folder of the flow file, absolute: relative paths of the file start here. */
  readonly directory: string;
  readonly version: string;
  /** Absolute; absent: the place the design gives it. */
  readonly workspace?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly gateway: FlowGateway;
  /** In the order of the file. */
  readonly deployments: readonly Deployment[];
}

/** One process that should exist. */
export interface PlannedReplica {
  /** `indexer/1/0`; of a `uses_after` `indexer_uses_after/0/0`; of the gateway `gateway/0/0`. */
  readonly address: string;
  /** The deployment it works for; `gateway` for the gateway. */
  readonly deployment: string;
  readonly part: "worker" | "uses_before" | "uses_after" | "gateway";
  readonly shard: number;
  readonly replica: number;
  /** What it runs; absent for the gateway. */
  readonly uses?: Uses;
  /** Where it listens, if the file says so. */
  readonly port?: number;
}

/** Every process a flow should have, workers first, the gateway last. */
export interface Plan {
  readonly flow: string;
  readonly replicas: readonly PlannedReplica[];
}
