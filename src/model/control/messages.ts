import type { CopyTask, CopyTaskEnd } from "../shard/backup.ts";
import type { MetricFamilies } from "../../util/metrics/family.ts";
import type { CopyReport } from "../shard/copy-report.ts";
import type { JournalEvent } from "./events.ts";
import type { FlowState } from "./flow-state.ts";
import type { ReplicaStateName } from "../replica.ts";
import type { FlowStatus, HealthReport, ShardStatus, VerifyReport } from "./status.ts";
import type {
  FlowVariables,
  BackupRequest,
  OperationEvent,
  OperationRequest,
  PlanChange,
} from "../supervisor.ts";

/**
 * The messages on the Unix socket of the supervisor (`jflow.Control`), as JSON documents.
 * `Register` is a child, both ways. `Follow` is the gateway: a stream of `Topology`. `Ask` is the
 * CLI: one question, one answer. `Watch` is the CLI: one `WatchRequest`, then a stream of
 * `FlowEvent`.
 */

/** The traffic of one replica, measured at the gateway over the last 10 s (null: no data). */
export interface ReplicaTraffic {
  readonly requests: number;
  /** Calls that failed. */
  readonly errors: number;
  readonly inFlight: number;
  readonly qps: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** The traffic of the process that runs, or last ran, at the address of a replica. */
export interface ProcessTraffic extends ReplicaTraffic {
  readonly processId: string;
}

/** The calls to the replicas of a deployment, or the requests to the gateway. */
export interface DeploymentTraffic extends ReplicaTraffic {
  /** The requests that wait for a replica with room (`max_in_flight`). */
  readonly queued: number;
}

/** The measurements of a gateway since its start. */
export interface GatewayTraffic {
  /** By address; the gateway is one of them. */
  readonly replicas: Readonly<Record<string, ProcessTraffic>>;
  readonly deployments: Readonly<Record<string, DeploymentTraffic>>;
}

/**
 * A report of a child on `Register`. The first one is `register`. `replication` carries a message
 * of a worker to the shard master.
 */
export type ChildReport =
  | { readonly type: "register"; readonly processId: string; readonly address: string }
  | {
      readonly type: "heartbeat";
      readonly docs: number | null;
      readonly copy?: CopyReport;
      /** Why the process that a worker keeps is not healthy. */
      readonly unhealthy?: string;
    }
  | ({ readonly type: "traffic" } & GatewayTraffic)
  | { readonly type: "replication"; readonly message: unknown }
  | { readonly type: "measured"; readonly id: number; readonly families: MetricFamilies }
  | { readonly type: "copyTaskEnded"; readonly id: number; readonly end: CopyTaskEnd }
  | { readonly type: "inspected"; readonly id: number; readonly inspection: Inspection }
  | { readonly type: "notice"; readonly text: string };

/** A command of the supervisor to a child on `Register`. */
export type ChildCommand =
  /** Sent every 250 ms and answered by `heartbeat`. */
  | { readonly type: "heartbeat" }
  | { readonly type: "replication"; readonly message: unknown }
  /**
   * Take no new requests and finish the requests in flight. A stateful worker saves a snapshot,
   * unless `isBrief` is set: writes wait for the process. Then exit with code 0.
   */
  | { readonly type: "drain"; readonly timeoutMs: number; readonly isBrief?: boolean }
  | { readonly type: "inspect"; readonly id: number }
  /** Answered by `copyTaskEnded`. */
  | { readonly type: "copyTask"; readonly id: number; readonly task: CopyTask }
  /** Answered by `measured`. */
  | { readonly type: "measure"; readonly id: number };

/** The state that `jflow verify` compares. Equal copies of a shard have equal inspections. */
export interface Inspection {
  readonly seq: number;
  readonly docs: number | null;
  /** The rolling hash of the applied writes and their outcomes. */
  readonly history: string;
  /** The `digest()` of the executor, if it has one. */
  readonly digest: string | null;
}

/** A question of the CLI, or of the admin port of the gateway for the same pages over HTTP. */
export type ControlRequest =
  | { readonly ask: "status" }
  /**
   * Asks for the executors that are older than their files. `from`: the variables of the flow file,
   * instead of those of the last `up`.
   */
  | { readonly ask: "changes"; readonly from?: FlowVariables }
  | { readonly ask: "state" }
  /** Asks for the address of the page of `jflow ui`. */
  | { readonly ask: "page" }
  | { readonly ask: "events" }
  | { readonly ask: "shards" }
  | { readonly ask: "health" }
  /** Asks for the lines of `/metrics`. */
  | { readonly ask: "metrics" }
  | { readonly ask: "verify"; readonly address?: string }
  | { readonly ask: "explain"; readonly address: string }
  | { readonly ask: "down"; readonly timeoutMs: number }
  | { readonly ask: "kill" }
  /** From now on the flow continues without a watcher: `up -d`. */
  | { readonly ask: "release" }
  | { readonly ask: "stop"; readonly address: string }
  | { readonly ask: "start"; readonly address: string }
  /** Cancels an operation; without an id, the only one that runs. */
  | { readonly ask: "cancel"; readonly operation?: number }
  | { readonly ask: "reroute"; readonly address: string; readonly acceptDataLoss: boolean }
  | OperationRequest
  | BackupRequest;

export type ControlAnswer =
  | { readonly ok: true; readonly status: FlowStatus }
  | { readonly ok: true; readonly state: FlowState }
  /** `token` allows requests that change the flow. */
  | { readonly ok: true; readonly page: { readonly url: string; readonly token: string } }
  /** The kept events of the journal, the newest last. */
  | { readonly ok: true; readonly events: readonly JournalEvent[] }
  | { readonly ok: true; readonly shards: readonly ShardStatus[] }
  | { readonly ok: true; readonly health: HealthReport }
  | { readonly ok: true; readonly verify: VerifyReport }
  /** One line for each executor or part of the flow file. */
  | { readonly ok: true; readonly changes: readonly string[] }
  | { readonly ok: true; readonly lines: readonly string[] }
  /** An operation began: its events carry the id. */
  | { readonly ok: true; readonly operation: number }
  /** The changes of a flow file. `operation` is null without a change, and for a dry run. */
  | { readonly ok: true; readonly plan: readonly PlanChange[]; readonly operation: number | null }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** The first message of a watcher. */
export interface WatchRequest<Type extends FlowEvent["type"] = FlowEvent["type"]> {
  readonly events: readonly Type[];
  /** An attached flow stops when the watcher that holds it up is gone. */
  readonly holds: boolean;
}

/** An event of a flow. A new watcher first receives the whole state as events. */
export type FlowEvent =
  | {
      readonly type: "replica";
      readonly address: string;
      readonly state: ReplicaStateName;
      readonly text: string;
    }
  | {
      readonly type: "output";
      readonly address: string;
      readonly stream: "stdout" | "stderr";
      readonly line: string;
    }
  | { readonly type: "notice"; readonly text: string }
  /** An event of the journal. A new watcher first receives all kept ones. */
  | { readonly type: "event"; readonly event: JournalEvent }
  /** The state of the flow, without its events: at once, after changes, and each second. */
  | { readonly type: "state"; readonly state: FlowState }
  | {
      readonly type: "ready";
      readonly gateway: Readonly<Record<string, string>>;
      /** The endpoints that executors bind, in the order of the flow file, `/default` included. */
      readonly endpoints: readonly string[];
      readonly degraded: readonly string[];
    }
  | {
      readonly type: "failed";
      readonly message: string;
      readonly tails: Readonly<Record<string, readonly string[]>>;
    }
  | OperationEvent
  /** The health changed, or the reason of a shard. */
  | { readonly type: "health"; readonly health: HealthReport }
  /** `notices`: those since the stop began. */
  | { readonly type: "stopped"; readonly notices: readonly string[] };
