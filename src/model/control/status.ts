import type { CopyDisk } from "../shard/copy-report.ts";
import type { Inspection } from "./messages.ts";
import type { Health, ReplicaStateName } from "../replica.ts";

/** One row of `jflow ps -o json` (schema `jflow.ps/v1`). */
export interface ReplicaStatus {
  readonly address: string;
  readonly executor: string;
  readonly shard: number | null;
  readonly replica: number;
  readonly role: "primary" | "replica" | null;
  readonly state: ReplicaStateName;
  readonly ready: boolean;
  /** The resource that a running process lacks, such as open files. */
  readonly problem: string | null;
  readonly retryInMs: number | null;
  readonly pid: number | null;
  readonly port: number | null;
  /** The process as the replication protocol names it; null without a process. */
  readonly processId: string | null;
  readonly docs: number | null;
  readonly requests: number;
  /** The calls that failed. Calls and failures are those of the running process. */
  readonly errors: number;
  readonly inflight: number;
  readonly qps: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly rssBytes: number | null;
  readonly cpu: number | null;
  readonly restarts: number;
  readonly lastExit: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly at: string;
    readonly stderrTail: readonly string[];
    /** Why the supervisor ended the process by itself, such as its `memory_limit`. */
    readonly reason?: string;
  } | null;
  /** An external replica: another system runs it, and it has no process here. */
  readonly external: boolean;
  readonly configHash: string;
  readonly startedAt: string | null;
}

/** `jflow ps -o json`. */
export interface FlowStatus {
  readonly schema: "jflow.ps/v1";
  readonly flow: {
    readonly name: string;
    readonly id: string;
    readonly file: string;
    readonly health: Health;
    readonly state: "starting" | "ready" | "stopping";
    readonly gateway: Readonly<Record<string, string>>;
    readonly supervisorPid: number;
    readonly startedAt: string;
    readonly version: string;
  };
  readonly replicas: readonly ReplicaStatus[];
}

/**
 * One row of `jflow shards -o json` (schema `jflow.shards/v1`): columns of Elasticsearch's
 * `_cat/shards`.
 */
export interface ShardStatus {
  readonly address: string;
  readonly executor: string;
  readonly shard: number;
  readonly replica: number;
  readonly role: "primary" | "replica" | null;
  readonly state: "UNASSIGNED" | "INITIALIZING" | "STARTED";
  readonly reason: string | null;
  readonly docs: number | null;
  readonly storeBytes: number | null;
  readonly disk: CopyDisk | null;
  readonly term: number;
  readonly localCheckpoint: number | null;
  readonly globalCheckpoint: number | null;
  readonly inSync: boolean;
  readonly pid: number | null;
}

/** The health of the flow, as in `_cluster/health` of Elasticsearch. */
export interface HealthReport {
  readonly status: Health;
  readonly deployments: Readonly<Record<string, Health>>;
  readonly shards: readonly {
    readonly address: string;
    readonly status: Health;
    readonly reason: string | null;
  }[];
}

export interface VerifyReport {
  /** Whether in every shard all copies are equal, and one of them is the primary. */
  readonly equal: boolean;
  readonly shards: readonly {
    readonly address: string;
    /** Whether all copies of the shard hold the same. */
    readonly equal: boolean;
    readonly hasPrimary: boolean;
    readonly copies: readonly ({ readonly address: string } & Partial<Inspection>)[];
  }[];
}
