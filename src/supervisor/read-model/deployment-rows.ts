import type { Deployment } from "../../flow/flow.ts";
import type { HealthReport, ReplicaStatus } from "../../model/control/status.ts";
import type { DeploymentStatus, ShardSummary } from "../../model/control/flow-state.ts";
import type { DeploymentTraffic } from "../../model/control/messages.ts";
import { helperName, isHelper } from "../decide/planned-replica.ts";
import { wholeFlow } from "../plan/flow-plan.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

const NO_TRAFFIC: DeploymentTraffic = {
  requests: 0,
  errors: 0,
  inFlight: 0,
  queued: 0,
  qps: null,
  p50Ms: null,
  p99Ms: null,
};

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
  const describe = (name: string, facts: Declared): DeploymentStatus => ({
    name,
    ...facts,
    ...describeRows(name, rows),
    traffic: supervisor.facts.traffic.ofDeployment(name) ?? NO_TRAFFIC,
  });
  const gateway = {
    kind: "gateway",
    uses: "",
    needs: [],
    endpoints: null,
    stateful: false,
  } as const;
  return [
    describe("gateway", gateway),
    ...deployments.flatMap((deployment) => [
      describe(deployment.name, declared(supervisor, deployment)),
      ...helpersOf(supervisor, deployment.name).map((name) =>
        describe(name, { ...gateway, kind: "helper" }),
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

function describeRows(
  name: string,
  rows: FlowRows,
): Omit<DeploymentStatus, "name" | "traffic" | keyof Declared> {
  const replicas = rows.replicas.filter(({ executor }) => executor === name);
  const shards = rows.shards.filter(({ executor }) => executor === name);
  return {
    health: rows.health.deployments[name] ?? "green",
    shards: shards.length,
    replicas: replicas.length,
    ready: replicas.filter(({ ready }) => ready).length,
    restarts: replicas.reduce((sum, { restarts }) => sum + restarts, 0),
    docs: sumKnown(shards.map(({ docs }) => docs)),
    cpu: sumKnown(replicas.map(({ cpu }) => cpu)),
    rssBytes: sumKnown(replicas.map(({ rssBytes }) => rssBytes)),
  };
}

/** Returns the sum of the numbers that are known; null if none is. */
function sumKnown(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null);
  return known.length === 0 ? null : known.reduce((sum, number) => sum + number, 0);
}
