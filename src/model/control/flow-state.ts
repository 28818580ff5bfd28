import type { FlowStatus, HealthReport, ReplicaStatus, ShardStatus } from "./status.ts";
import type { JournalEvent } from "./events.ts";
import type { DeploymentTraffic } from "./messages.ts";
import type { Health } from "../replica.ts";
import type { OperationEvent, OperationKind } from "../supervisor.ts";

/**
 * Everything that the supervisor knows about its flow. `jflow ps`, `shards`, `health`, `describe`,
 * `top` and `GET /api/state` show parts of it.
 */
export interface FlowState {
  readonly schema: "jflow.state/v1";
  /** When the state was read, ISO 8601. */
  readonly at: string;
  readonly flow: FlowStatus["flow"];
  /** The gateway first, then the deployments and their helpers in the order of the flow file. */
  readonly deployments: readonly DeploymentStatus[];
  /** Every shard with its health, also those of deployments without state. */
  readonly shards: readonly ShardSummary[];
  /** The gateway first. */
  readonly replicas: readonly ReplicaStatus[];
  /** The copies of the shards with state. */
  readonly copies: readonly ShardStatus[];
  /** The operations that run, and the last ones that ended; the newest last. */
  readonly operations: readonly OperationStatus[];
  /** The newest events, the newest last. */
  readonly events: readonly JournalEvent[];
  /** Where CPU and RSS come from: `/proc`, the command `ps`, or `none` (they are not known). */
  readonly resourceSource: ResourceSource;
}

export type ResourceSource = "/proc" | "ps" | "none";

export interface DeploymentStatus {
  readonly name: string;
  /** `helper`: the process of a `uses_before` or `uses_after`. */
  readonly kind: "gateway" | "executor" | "helper" | "external";
  /** As in the flow file; empty for the gateway. */
  readonly uses: string;
  /** The deployments whose answers it gets; `gateway` is the start. Empty for a helper. */
  readonly needs: readonly string[];
  /** The bound endpoints; null while they are not known. */
  readonly endpoints: readonly string[] | null;
  /** Whether its shards are replicated; null while that is not known. */
  readonly stateful: boolean | null;
  readonly health: Health;
  readonly shards: number;
  /** The planned replicas of all shards. */
  readonly replicas: number;
  readonly ready: number;
  readonly restarts: number;
  /** The documents of all shards, each counted once; null if no copy reported its number. */
  readonly docs: number | null;
  readonly cpu: number | null;
  readonly rssBytes: number | null;
  readonly traffic: DeploymentTraffic;
}

/** A shard and why it is not green. */
export type ShardSummary = HealthReport["shards"][number] & {
  readonly executor: string;
  readonly shard: number;
  /** The address of the primary; null without one, and without state. */
  readonly primary: string | null;
  /** The term of the primary; null without state. */
  readonly term: number | null;
  /** The documents of the primary, or of the copy with the most; null if not reported. */
  readonly docs: number | null;
};

/** A long change of a running flow. */
export interface OperationStatus {
  readonly id: number;
  readonly kind: OperationKind;
  readonly deployments: readonly string[];
  readonly state: OperationEvent["state"];
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The sentences of its steps, the newest last. */
  readonly steps: readonly string[];
}
