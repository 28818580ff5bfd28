import type { EndpointSchemas } from "../document/v2/endpoint-schema.ts";
import type { PollingTable } from "./polling.ts";
import type { ReshardDone, ReshardTask } from "./reshard.ts";

/**
 * The module that a child loads: the absolute path of an ES module and the name of its export, for
 * built-in executors and compiled files of the user.
 */
export interface ExecutorModule {
  readonly path: string;
  /** Absent: the one exported class that has `requests`. */
  readonly exportName?: string;
  /** A stock Python executor instead: `path` is its file, for messages. */
  readonly python?: PythonExecutor;
}

/** The arguments of `jina executor`. */
export interface PythonExecutor {
  /**
   * A YAML file by absolute path, or the name of a class. Absent: the one Executor of the first
   * module.
   */
  readonly uses?: string;
  /** Python files by absolute path. */
  readonly modules: readonly string[];
  /** Its options as JSON that Python reads: numbers such as `1.0` and `Infinity` stay exact. */
  readonly options?: string;
  /** Laid over the executor's own metas. */
  readonly metas?: Readonly<Record<string, unknown>>;
  /** Options of dynamic batching by endpoint or method, as Jina takes them. */
  readonly dynamicBatching?: Readonly<Record<string, unknown>>;
  /** Requests are not taken one by one. */
  readonly allowConcurrent?: true;
  /** The type of arrays in its answers, in Jina's words. */
  readonly outputArrayType?: string;
}

/** `tracing: true` of the flow. */
export interface TracingSpec {
  /**
   * `http://host:port` of an OTLP/gRPC collector. Absent: the variables of OpenTelemetry decide.
   */
  readonly endpoint?: string;
}

/**
 * How the log of a stateful replica is made durable: fsync before every acknowledgement, or every
 * `asyncMs` milliseconds.
 */
export type Durability = "request" | { readonly asyncMs: number };

/**
 * When a process that does not answer is ended: after `failureThreshold` probes in a row without an
 * answer.
 */
export interface LivenessPolicy {
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
}

/**
 * Everything that a worker needs to run. The supervisor makes it from the plan and sends it over
 * IPC after the pid and the start time of the child are recorded. A child opens nothing before it
 * has the spec.
 */
export interface ReplicaSpec {
  readonly kind: "worker";
  /**
   * `run` serves requests. `describe` loads the class, sends its hello and exits, without a
   * workspace or a port. `reshard` carries out `task` and exits.
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
  /** `uses_dynamic_batching` of an executor of ours, as the flow states it. */
  readonly dynamicBatching?: Readonly<Record<string, unknown>>;
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
  /** The bytes that the copy sends in a second to copies that recover. Absent: no limit. */
  readonly recoveryMaxBytesPerSec?: number;
  /** Set for a Python executor only: the supervisor probes the other workers itself. */
  readonly liveness?: LivenessPolicy;
  readonly tracing?: TracingSpec;
}

/** One address that the gateway listens on. Port 0 is a free port. */
export interface Listener {
  readonly protocol: "grpc" | "http" | "websocket";
  readonly port: number;
  /** The host, without TLS. Absent: the host of the gateway. */
  readonly host?: string;
}

/** Everything the gateway process needs to run. */
export interface GatewaySpec {
  readonly kind: "gateway";
  readonly flow: string;
  readonly processId: string;
  readonly host: string;
  readonly listeners: readonly Listener[];
  readonly controlSocket: string;
  readonly maxMessageBytes: number;
  /** Requests in flight per client stream; 0 means the default of 1,000. */
  readonly prefetch: number;
  /** The default timeout of a request, in milliseconds, if the client sets none. */
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
  readonly tracing?: TracingSpec;
}

/**
 * The message that a worker sends once, over IPC, when its executor is loaded and, for a stateful
 * executor, the log is replayed and fsynced.
 */
export interface WorkerHello {
  readonly type: "hello";
  readonly kind: "worker";
  readonly processId: string;
  /** The gRPC port it listens on; 0 in describe mode. */
  readonly port: number;
  readonly endpoints: readonly string[];
  /** The endpoints whose methods change state. */
  readonly writes: readonly string[];
  /** The schemas of documents of docarray v2, which a Python executor may read. */
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
  /** The process that does the work, if it is not the worker itself but one that it keeps. */
  readonly keptPid?: number;
  /** Whether the copy holds any record or snapshot. */
  readonly empty?: boolean;
  /**
   * Sentences for the user, each with the name of its subject: hnswlib is missing, the end of a log
   * was cut.
   */
  readonly notices: readonly string[];
}

export interface GatewayHello {
  readonly type: "hello";
  readonly kind: "gateway";
  readonly processId: string;
  readonly listeners: readonly Listener[];
}

/**
 * The message of a child that cannot start, which then exits with code 1. `stack` is set for
 * exceptions of the user's code.
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

/** The states of a replica, as `jflow ps` shows them. */
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
