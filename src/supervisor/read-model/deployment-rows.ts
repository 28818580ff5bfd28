import type { Deployment } from "../../flow/flow.ts";
import type { HealthReport, ReplicaStatus } from "../../model/control/status.ts";
import type {
  DeploymentStatus,
  DeploymentTraffic,
  ShardSummary,
} from "../../model/control/flow-state.ts";
import { helperName, isHelper } from "../decide/planned-replica.ts";
import { wholeFlow } from "../plan/flow-plan.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

/** The rows of the parts of a flow that deployments consist of. */
export interface FlowRows {
  readonly health: HealthReport;
  readonly shards: readonly ShardSummary[];
  readonly replicas: readonly ReplicaStatus[];
}

/** Returns the gateway, and each deployment with its helpers in the order of the flow file. */
export function describeDeployments(
  supervisor: FlowSupervisor,
  rows: FlowRows,
): readonly DeploymentStatus[] {
  const { deployments } = wholeFlow(supervisor.plan);
  const gateway = {
    kind: "gateway",
    uses: "",
    needs: [],
    endpoints: null,
    stateful: false,
  } as const;
  return [
    describeRows("gateway", gateway, rows),
    ...deployments.flatMap((deployment) => [
      describeRows(deployment.name, declared(supervisor, deployment), rows),
      ...helpersOf(supervisor, deployment.name).map((name) =>
        describeRows(name, { ...gateway, kind: "helper" }, rows),
      ),
    ]),
  ];
}

type Declared = Pick<DeploymentStatus, "kind" | "uses" | "needs" | "endpoints" | "stateful">;

function declared(
  { facts }: FlowSupervisor,
  { name, usesText, needs, external }: Deployment,
): Declared {
  const described = facts.describedOf(name);
  return {
    kind: external ? "external" : "executor",
    uses: external ? "" : usesText,
    needs,
    endpoints: described?.endpoints ?? null,
    stateful: described?.stateful ?? null,
  };
}

function helpersOf({ plan }: FlowSupervisor, deployment: string): readonly string[] {
  const helpers = plan.entries
    .map(({ planned }) => planned)
    .filter((planned) => isHelper(planned) && planned.deployment === deployment);
  return [...new Set(helpers.map(helperName))];
}

function describeRows(name: string, facts: Declared, rows: FlowRows): DeploymentStatus {
  const replicas = rows.replicas.filter(({ executor }) => executor === name);
  const shards = rows.shards.filter(({ executor }) => executor === name);
  return {
    name,
    ...facts,
    health: rows.health.deployments[name] ?? "green",
    shards: shards.length,
    replicas: replicas.length,
    ready: replicas.filter(({ ready }) => ready).length,
    restarts: replicas.reduce((sum, { restarts }) => sum + restarts, 0),
    docs: sumKnown(shards.map(({ docs }) => docs)),
    cpu: sumKnown(replicas.map(({ cpu }) => cpu)),
    rssBytes: sumKnown(replicas.map(({ rssBytes }) => rssBytes)),
    traffic: sumTraffic(replicas),
  };
}

/** Returns the sum of the numbers that are known; null if none is. */
function sumKnown(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null);
  return known.length === 0 ? null : known.reduce((sum, number) => sum + number, 0);
}

function sumTraffic(replicas: readonly ReplicaStatus[]): DeploymentTraffic {
  const times = (of: (row: ReplicaStatus) => number | null): number | null => {
    const known = replicas.flatMap((row) => of(row) ?? []);
    return known.length === 0 ? null : Math.max(...known);
  };
  return {
    requests: replicas.reduce((sum, { requests }) => sum + requests, 0),
    errors: replicas.reduce((sum, { errors }) => sum + errors, 0),
    inFlight: replicas.reduce((sum, { inflight }) => sum + inflight, 0),
    queued: 0,
    qps: sumKnown(replicas.map(({ qps }) => qps)),
    p50Ms: times(({ p50Ms }) => p50Ms),
    p99Ms: times(({ p99Ms }) => p99Ms),
  };
}
