import type { Flow, PlannedReplica } from "../../flow/flow.ts";
import type { Launch } from "./launch.ts";

/** One process that should exist. */
export interface PlanEntry {
  readonly planned: PlannedReplica;
  readonly launch: Launch;
  /** Grows with each restart that the user or a limit asks for. */
  readonly generation: number;
  /** Why the process before this generation ends. */
  readonly reason?: string;
  /** An earlier process ends at once, even if no other copy can take over from it. */
  readonly atOnce?: true;
}

/** The replicas that should run. A change of a running flow is another plan. */
export interface FlowPlan {
  readonly flow: Flow;
  /** Deployments that start, and that requests do not reach yet. */
  readonly joining?: Flow["deployments"];
  /** Removed deployments that requests on their way may still reach. */
  readonly leaving?: Flow["deployments"];
  /** The workers in the order of the file, the gateway last. */
  readonly entries: readonly PlanEntry[];
}

/** Returns the version of a process. A process of another version is replaced. */
export function versionOf({ launch, generation }: PlanEntry): string {
  return `${launch.configHash}.${generation}`;
}

/** Returns the flow with all deployments that have processes. */
export function wholeFlow({ flow, joining = [], leaving = [] }: FlowPlan): Flow {
  return { ...flow, deployments: [...flow.deployments, ...joining, ...leaving] };
}

/** Returns the number of replicas of a shard of a deployment. */
export function countReplicas({ entries }: FlowPlan, deployment: string, shard: number): number {
  return entries.filter(
    ({ planned }) =>
      planned.part === "worker" && planned.deployment === deployment && planned.shard === shard,
  ).length;
}
