import type { Flow } from "../../flow/flow.ts";
import type { Planner } from "../assemble/planner.ts";
import { helperName } from "../decide/planned-replica.ts";
import type { FlowPlan, PlanEntry } from "../plan/flow-plan.ts";
import { listOutdated } from "../plan/plan-changes.ts";
import type { OperationDeps } from "./operation-deps.ts";
import type { ReportStep } from "./operations.ts";
import { PlanWait, type WaitOptions } from "./plan-wait.ts";
import { Rollout } from "./rollout.ts";

/** A changed flow file, and the plan of it. */
export interface FileUpdate extends WaitOptions {
  readonly planner: Planner;
  readonly next: FlowPlan;
}

/**
 * Makes a running flow equal to a changed file: starts what is added, then takes values and removes
 * what is gone, then replaces outdated processes. Resolves with the last line. Throws `NOT_READY`
 * if a new process is not ready; the processes that were not replaced keep serving.
 */
export async function updateFlow(
  deps: OperationDeps,
  { planner, next, ...waits }: FileUpdate,
  step: ReportStep,
): Promise<string> {
  const { supervisor } = deps;
  const before = supervisor.plan;
  const wait = new PlanWait(supervisor, waits);
  const known = new Map(before.entries.map((entry) => [entry.planned.address, entry]));
  const added = next.entries.filter(({ planned }) => !known.has(planned.address));
  const outdated = listOutdated(before, next);
  const kept = next.entries.map((entry): PlanEntry => {
    const old = known.get(entry.planned.address);
    if (old === undefined) return entry;
    return outdated.includes(entry.planned.address) ? old : entry;
  });
  const removed = addressesIn(before.entries).filter(
    (address) => !addressesIn(next.entries).includes(address),
  );
  if (added.length > 0) {
    step(`starts ${addressesIn(added).join(", ")}`);
    supervisor.apply({
      ...before,
      joining: newDeployments(before, next),
      entries: [...added, ...before.entries],
    });
    try {
      await wait.up(addressesIn(added));
    } catch (error) {
      supervisor.apply(before);
      throw error;
    }
  }
  if (removed.length > 0) step(`removes ${removed.join(", ")}`);
  const leaving = newDeployments(next, before);
  if (leaving.length > 0) {
    const last = before.entries.filter(({ planned }) =>
      leaving.some(({ name }) => name === planned.deployment),
    );
    supervisor.apply({ flow: next.flow, leaving, entries: [...last, ...kept] });
    // A removed executor has to end now, so this wait is not cancelled.
    await new PlanWait(supervisor, { timeoutMs: waits.timeoutMs }).quiet();
  }
  supervisor.apply({ flow: next.flow, entries: kept });
  await deps.take(planner, listNames(next.entries, outdated));
  // Also if a new process is not ready later: the numbers are in effect.
  await deps.savePlan();
  await wait.gone(removed);
  await replaceOutdated(deps, { planner, next, outdated, ...waits }, step);
  return "the flow runs as its file says";
}

interface Outdated extends FileUpdate {
  readonly outdated: readonly string[];
}

async function replaceOutdated(
  deps: OperationDeps,
  { planner, next, outdated, ...waits }: Outdated,
  step: ReportStep,
): Promise<void> {
  const { supervisor } = deps;
  const names = new Set(outdated.map((address) => address.split("/", 1)[0]!));
  for (const name of names) {
    const rollout = new Rollout(supervisor, {
      ...waits,
      step,
      newEntry: (planned) =>
        next.entries.find((entry) => entry.planned.address === planned.address) ??
        planner.entry(next.flow, planned),
    });
    await rollout.replace(outdated.filter((address) => address.startsWith(`${name}/`)));
    await deps.adopt(planner, name);
  }
}

/** Returns the deployments and helpers without outdated replicas. */
function listNames(entries: readonly PlanEntry[], outdated: readonly string[]): readonly string[] {
  const names = new Set(entries.map(({ planned }) => helperName(planned)));
  return [...names].filter((name) => !outdated.some((address) => address.startsWith(`${name}/`)));
}

/** Returns the deployments of `next` that `before` does not have. */
function newDeployments(before: FlowPlan, next: FlowPlan): Flow["deployments"] {
  const names = new Set(before.flow.deployments.map(({ name }) => name));
  return next.flow.deployments.filter(({ name }) => !names.has(name));
}

function addressesIn(entries: readonly PlanEntry[]): readonly string[] {
  return entries.map(({ planned }) => planned.address);
}
