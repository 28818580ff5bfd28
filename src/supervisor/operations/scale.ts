import { MAX_PROCESSES_PER_DEPLOYMENT } from "../../util/limits/flow-file.ts";
import { JflowError } from "../../util/errors.ts";
import { countOf } from "../../util/text/count-of.ts";
import type { Flow } from "../../flow/flow.ts";
import { clampReplicas } from "../decide/automation/autoscale.ts";
import { countsOf, scalePlan, type ReplicaCounts } from "../plan/change-plan.ts";
import type { FlowPlan } from "../plan/flow-plan.ts";
import type { ReportStep } from "./operations.ts";
import type { OperationDeps } from "./operation-deps.ts";
import { PlanWait, type WaitOptions } from "./plan-wait.ts";

/**
 * Checks the numbers of `jflow scale`. Throws `NOT_FOUND` for an unknown deployment,
 * `FAILED_PRECONDITION` for an external one, `INVALID_ARGUMENT` for a number that is too small or
 * too large.
 */
export function checkCounts({ deployments }: Flow, counts: ReplicaCounts): void {
  for (const [name, count] of Object.entries(counts)) {
    const deployment = deployments.find((each) => each.name === name);
    if (deployment === undefined)
      throw new JflowError(
        "NOT_FOUND",
        `the flow has no executor ${name} to scale: it has ${deployments.map((each) => each.name).join(", ")}`,
      );
    if (deployment.external)
      throw new JflowError(
        "FAILED_PRECONDITION",
        `${name} is an external executor: this flow does not run its replicas`,
      );
    if (count < 1)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `${name} needs at least 1 replica: to stop all, run jflow stop ${name}`,
      );
    const { autoscale } = deployment;
    if (autoscale !== undefined && clampReplicas(autoscale, count) !== count)
      throw new JflowError(
        "FAILED_PRECONDITION",
        `autoscale of ${name} allows ${autoscale.min} to ${autoscale.max} replicas: change autoscale in the flow file, then run jflow up`,
      );
    const processes = deployment.shards * count;
    if (processes > MAX_PROCESSES_PER_DEPLOYMENT)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `${name} would need ${processes.toLocaleString("en")} processes, more than the limit of ${MAX_PROCESSES_PER_DEPLOYMENT.toLocaleString("en")}`,
      );
  }
}

/**
 * Carries out `jflow scale`. Resolves with the last line when the new replicas are ready and the
 * others have ended. Throws `NOT_READY` if a new replica is not ready; the numbers are then as
 * before.
 */
export async function scaleFlow(
  deps: OperationDeps,
  counts: ReplicaCounts,
  { step, ...waits }: WaitOptions & { readonly step: ReportStep },
): Promise<string> {
  const { supervisor } = deps;
  const before = supervisor.plan;
  const planner = deps.planner();
  const makeEntry: Parameters<typeof scalePlan>[2] = (flow, planned) =>
    planner.entry(flow, planned);
  const next = scalePlan(before, counts, makeEntry);
  const added = addressesIn(next).filter((address) => !addressesIn(before).includes(address));
  const removed = addressesIn(before).filter((address) => !addressesIn(next).includes(address));
  if (added.length > 0) step(`starts ${added.join(", ")}`);
  if (removed.length > 0) step(`removes ${removed.join(", ")}`);
  supervisor.apply(next);
  const wait = new PlanWait(supervisor, waits);
  try {
    await wait.up(added);
    await wait.gone(removed);
  } catch (error) {
    const numbers = countsOf(before.flow, Object.keys(counts));
    supervisor.apply(scalePlan(supervisor.plan, numbers, makeEntry));
    // Another operation may have saved the new numbers.
    await deps.savePlan();
    throw error;
  }
  await deps.savePlan();
  return describeCounts(next.flow, planner.assembly.flow, Object.keys(counts));
}

function addressesIn({ entries }: FlowPlan): readonly string[] {
  return entries.map(({ planned }) => planned.address);
}

/** Resolves with the last line of `autoscale`. Throws as `scaleFlow` does. */
export async function autoscaleFlow(
  deps: OperationDeps,
  counts: ReplicaCounts,
  { reason, ...options }: { step: ReportStep; reason: string; signal: AbortSignal },
): Promise<string> {
  options.step(reason);
  await scaleFlow(deps, counts, { ...options, timeoutMs: undefined });
  return Object.entries(counts)
    .map(([name, count]) => `${name} has ${countOf(count, "replica")}`)
    .join(", ");
}

/** The numbers that run, and those of the flow file where they differ. */
function describeCounts(running: Flow, file: Flow, names: readonly string[]): string {
  const inFile = countsOf(file, names);
  const lines = Object.entries(countsOf(running, names)).map(([name, count]) => {
    const has = `${name} has ${countOf(count, "replica")}`;
    const shards = running.deployments.find((each) => each.name === name)!.shards;
    return shards === 1 ? has : `${has} of each shard`;
  });
  const automatic = running.deployments.filter(
    ({ name, autoscale }) => names.includes(name) && autoscale !== undefined,
  );
  const differs = names.filter(
    (name) =>
      inFile[name] !== countsOf(running, [name])[name] &&
      !automatic.some((each) => each.name === name),
  );
  const temporary = automatic.map(
    ({ name }) => `autoscale changes the number of ${name} again with the load`,
  );
  const unsaved = differs.map(
    (name) =>
      `not in the flow file: it says replicas: ${inFile[name]} for ${name}, and jflow up sets that number again`,
  );
  return [...lines, ...unsaved, ...temporary].join("\n");
}
