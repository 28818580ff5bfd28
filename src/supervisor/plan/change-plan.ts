import { planReplicas, type Flow, type PlannedReplica } from "../../flow/flow.ts";
import { clampReplicas } from "../decide/automation/autoscale.ts";
import type { FlowPlan, PlanEntry } from "./flow-plan.ts";

/** The numbers of replicas of deployments, by name. */
export type ReplicaCounts = Readonly<Record<string, number>>;

/** Returns the numbers of replicas of these deployments, or of all. */
export function countsOf({ deployments }: Flow, names?: readonly string[]): ReplicaCounts {
  const wanted = deployments.filter(({ name }) => names?.includes(name) ?? true);
  return Object.fromEntries(wanted.map(({ name, replicas }) => [name, replicas]));
}

/** A flow as it runs, and its file as the flow took it last. */
export interface FlowVersions {
  readonly running: Flow;
  readonly taken: Flow;
}

/** Returns the running numbers of replicas of deployments whose number in the file is as before. */
export function keptCounts({ running, taken }: FlowVersions, now: Flow): ReplicaCounts {
  const [before, after] = [countsOf(taken), countsOf(now)];
  const names = Object.keys(after).filter((name) => after[name] === before[name]);
  return countsOf(running, names);
}

/**
 * Returns the numbers of replicas that a changed flow file leaves to `autoscale`: those that run,
 * within the bounds of the file.
 */
export function autoscaledCounts(running: Flow, file: Flow): ReplicaCounts {
  const counts = countsOf(running);
  const kept = file.deployments.flatMap(({ name, autoscale }): [string, number][] => {
    const count = counts[name];
    if (autoscale === undefined || count === undefined) return [];
    return [[name, clampReplicas(autoscale, count)]];
  });
  return Object.fromEntries(kept);
}

/** Returns the flow with other numbers of replicas. */
export function withReplicas(flow: Flow, counts: ReplicaCounts): Flow {
  return {
    ...flow,
    deployments: flow.deployments.map((deployment) => {
      const replicas = counts[deployment.name];
      return replicas === undefined ? deployment : { ...deployment, replicas };
    }),
  };
}

/**
 * Returns the plan with other numbers of replicas of some deployments. The entries of replicas that
 * stay are kept. `makeEntry` makes the entry of a replica that is added.
 */
export function scalePlan(
  plan: FlowPlan,
  counts: ReplicaCounts,
  makeEntry: (flow: Flow, planned: PlannedReplica) => PlanEntry,
): FlowPlan {
  const flow = withReplicas(plan.flow, counts);
  const known = new Map(plan.entries.map((entry) => [entry.planned.address, entry]));
  const isScaled = ({ part, deployment }: PlannedReplica): boolean =>
    part === "worker" && counts[deployment] !== undefined;
  const scaled = planReplicas(flow)
    .replicas.filter(isScaled)
    .map((planned) => known.get(planned.address) ?? makeEntry(flow, planned));
  const others = plan.entries.filter(({ planned }) => !isScaled(planned));
  return { ...plan, flow, entries: inOrder(flow, [...others, ...scaled]) };
}

/**
 * Returns the plan with these entries in the place of those with their addresses, or in addition.
 */
export function putEntries(plan: FlowPlan, entries: readonly PlanEntry[]): FlowPlan {
  const put = new Map([...plan.entries, ...entries].map((entry) => [entry.planned.address, entry]));
  return { ...plan, entries: inOrder(plan.flow, [...put.values()]) };
}

/** Returns the plan without the replicas of these addresses. */
export function dropEntries(plan: FlowPlan, addresses: readonly string[]): FlowPlan {
  const entries = plan.entries.filter(({ planned }) => !addresses.includes(planned.address));
  return { ...plan, entries };
}

const PARTS: readonly PlannedReplica["part"][] = ["worker", "uses_before", "uses_after", "gateway"];

/** Sorts entries as `planReplicas` does: deployments as in the file, the gateway last. */
function inOrder(flow: Flow, entries: readonly PlanEntry[]): readonly PlanEntry[] {
  const names = flow.deployments.map(({ name }) => name);
  const rank = ({ planned }: PlanEntry): number =>
    planned.part === "gateway" ? names.length : names.indexOf(planned.deployment);
  return entries.toSorted(
    (left, right) =>
      rank(left) - rank(right) ||
      PARTS.indexOf(left.planned.part) - PARTS.indexOf(right.planned.part) ||
      left.planned.shard - right.planned.shard ||
      left.planned.replica - right.planned.replica,
  );
}
