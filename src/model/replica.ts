import type { EndpointSchemas } from "../document/v2/endpoint-schema.ts";
import type { PollingTable } from "./polling.ts";
import type { ReshardDone, ReshardTask } from "./reshard.ts";

/**
 * What a child is to load: an ES module by absolute path and the name of its export. Built-ins and
 * a user's compiled file alike.
 */
export interface ExecutorModule {
  readonly path: string;
  /** Absent: the one exported class that has `requests`. */
  readonly exportName?: string;
  /** A stock Python executor instead: `path` is its file, for messages. */
  readonly python?: PythonExecutor;
}

/** What `jina executor` is started with. */
export interface PythonExecutor {
  /**
   * A YAML file by absolute path, or the name of a class. Absent: the one Executor of the first
   * module.
   */
  readonly uses?: string;
  /** Python files by absolute path. */
  readonly modules: readonly string[];
  /** Laid over the executor's own metas. */
  readonly metas?: Readonly<Record<string, unknown>>;
  /** By endpoint or method, as Jina takes it. */
  readonly dynamicBatching?: Readonly<Record<string, unknown>>;
  /** Requests are not taken one by one. */
  readonly allowConcurrent?: true;
  /** What arrays of its answers become, in Jina's words. */
  readonly outputArrayType?: string;
}

/**
 * How the log of a stateful replica is made durable: fsync before every acknowledgement, or every
 * `asyncMs` milliseconds.
 */
export type Durability = "request" | { readonly asyncMs: number };

/**
 * Everything one worker needs to run, as one checked object: made by the supervisor from the plan,
 * sent over IPC after the child's pid and start time are recorded. A child touches nothing before
 * it.
 */
export interface ReplicaSpec {
  readonly kind: "worker";
  /**
   * `run` serves; `describe` loads the class, says hello and exits, without a workspace or a port;
   * `reshard` carries out `task` and exits.
   */
  readonly mode: "run" | "describe" | "reshard";
  readonly task?: ReshardTask;
  readonly flow: string;
  /** `indexer/1/0`. */
  readonly address: string;
  readonly deployment: string;
  readonly shard: number;
  readonly shards: number;
  readonly replica: number;
  readonly replicas: number;
  /**
   * Unique for each incarnation of a replica; every message of the replication protocol names it.
   */
  readonly processId: string;
  readonly module: ExecutorModule;
  /** `uses`, as the user wrote it: for messages. */
  readonly uses: string;
  /** The executor's `config`. */
  readonly usesWith: Readonly<Record<string, unknown>>;
  /** Endpoint to method, laid over the class's own `requests`. */
  readonly usesRequests?: Readonly<Record<string, string>>;
  /** `<workspace>/<deployment>/<shard>/<replica>`, absolute; made by the worker. */
  readonly workspace: string;
  readonly durability: Durability;
  readonly host: string;
  /** Absent: a free one, another at each start. */
  readonly port?: number;
  /** The supervisor's Unix socket (`jflow.Control`). */
  readonly controlSocket: string;
  /** The largest message taken, in bytes. */
  readonly maxMessageBytes: number;
  readonly exitOnExceptions: readonly string[];
}

/** One front door of the gateway. Port 0 is a free one. */
export interface Listener {
  readonly protocol: "grpc" | "http" | "websocket";
  readonly port: number;
  /** Where it listens, without TLS; absent: the gateway's host. */
  readonly host?: string;
}

/** Everything the gateway process needs to run. */
export interface GatewaySpec {
  readonly kind: "gateway";
  readonly flow: string;
  readonly processId: string;
  readonly host: string;
  readonly listeners: readonly Listener[];
  /** Port of the admin HTTP server, always on loopback; 0 is a free one. */
  readonly adminPort: number;
  readonly controlSocket: string;
  readonly maxMessageBytes: number;
  /** Requests in flight per client stream; 0 means the default of 1,000. */
  readonly prefetch: number;
  /** A request's deadline where the client gives none, in milliseconds. */
  readonly timeoutSendMs?: number;
  readonly cors: boolean;
  readonly title: string;
  readonly description: string;
  readonly noDebugEndpoints: boolean;
  readonly noCrudEndpoints: boolean;
  readonly exposeEndpoints: Readonly<
    Record<
      string,
      {
        readonly httpPath?: string;
        readonly methods?: readonly string[];
        readonly summary?: string;
        readonly tags?: readonly string[];
      }
    >
  >;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/**
 * What a worker says once over IPC, when its executor has loaded (and, stateful, its log is
 * replayed and fsynced).
 */
export interface WorkerHello {
  readonly type: "hello";
  readonly kind: "worker";
  readonly processId: string;
  /** The gRPC port it listens on; 0 in describe mode. */
  readonly port: number;
  readonly endpoints: readonly string[];
  /** Those of `endpoints` whose methods change state. */
  readonly writes: readonly string[];
  /** Of documents of docarray v2, which a Python executor may read. */
  readonly schemas?: EndpointSchemas;
  /** The executor's own polling defaults. */
  readonly polling: PollingTable;
  /** It declares `writes`, `snapshot` and `restore`: its shard is replicated. */
  readonly stateful: boolean;
  /**
   * Random, made with the workspace and fsynced before this hello; absent in describe mode or when
   * not stateful.
   */
  readonly copyId?: string;
  /** The process that does the work, where it is not the worker itself but one that it keeps. */
  readonly keptPid?: number;
  /** Whether the copy holds any record or snapshot. */
  readonly empty?: boolean;
  /**
   * Sentences for the user, each with the name of what it is about: hnswlib is missing, a torn tail
   * was cut.
   */
  readonly notices: readonly string[];
}

export interface GatewayHello {
  readonly type: "hello";
  readonly kind: "gateway";
  readonly processId: string;
  readonly listeners: readonly Listener[];
  readonly adminPort: number;
}

/**
 * A child that cannot start says why and exits with code 1. `stack` only for exceptions of the
 * user's code.
 */
export interface ChildFailed {
  readonly type: "failed";
  readonly processId: string;
  readonly message: string;
  /** Another start would end the same way. */
  readonly isLasting: boolean;
  readonly stack?: string;
}

export type ChildSpec = ReplicaSpec | GatewaySpec;
export type ChildMessage = WorkerHello | GatewayHello | ChildFailed | ReshardDone;

/** The words of `jflow ps`. */
export type ReplicaStateName =
  | "pending"
  | "starting"
  | "recovering"
  | "ready"
  | "unhealthy"
  | "draining"
  | "stopping"
  | "backoff"
  | "failed"
  | "stopped";

/**
 * Elasticsearch's colours: all copies in-sync; a primary, but not all; no primary. The worst shard
 * decides for a deployment and a flow.
 */
export type Health = "green" | "yellow" | "red";
