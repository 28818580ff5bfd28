import { planReplicas } from "../../flow/flow.ts";
import type { Planner } from "../assemble/planner.ts";
import { loadModules } from "../compile/load-modules.ts";
import { helperName } from "../decide/planned-replica.ts";
import type { OperationDeps } from "./operation-deps.ts";
import type { ReportStep } from "./operations.ts";
import type { WaitOptions } from "./plan-wait.ts";
import { Rollout } from "./rollout.ts";

/** The replicas to restart, and how. */
export interface RestartOptions extends WaitOptions {
  readonly addresses: readonly string[];
  readonly allAtOnce: boolean;
}

/**
 * Returns a planner with the executors as they are in their files now. Throws the error of an
 * executor that does not compile.
 */
export async function reloadExecutors(planner: Planner): Promise<Planner> {
  const { flow, flowPaths } = planner.assembly;
  const modules = await loadModules(flow, planReplicas(flow).replicas, flowPaths.compiled);
  return planner.with({ ...planner.assembly, modules });
}

/**
 * Carries out `jflow restart`, deployment by deployment. Resolves with the last line. Throws
 * `NOT_READY` if a new process is not ready; the replicas that were not replaced keep serving.
 */
export async function restartReplicas(
  deps: OperationDeps,
  { addresses, allAtOnce, ...waits }: RestartOptions,
  { reloaded, step }: { reloaded: Planner; step: ReportStep },
): Promise<string> {
  const { supervisor } = deps;
  for (const [name, own] of groupByName(supervisor, addresses)) {
    const rollout = new Rollout(supervisor, {
      ...waits,
      step,
      newEntry: (planned) => ({
        ...reloaded.entry(supervisor.flow, planned),
        generation: generationOf(supervisor, planned.address) + 1,
      }),
    });
    await (allAtOnce ? rollout.replaceAtOnce(own) : rollout.replace(own));
    await deps.adopt(reloaded, name);
  }
  return `restarted ${addresses.join(", ")}`;
}

/**
 * Replaces one replica by a process of the same version, for a reason that its exit then has.
 * Resolves with the last line. Throws `NOT_READY` as `restartReplicas` does.
 */
export async function replaceReplica(
  deps: OperationDeps,
  address: string,
  { reason, step, signal }: { reason: string; step: ReportStep; signal: AbortSignal },
): Promise<string> {
  const { supervisor } = deps;
  step(`${address} ${reason}`);
  const rollout = new Rollout(supervisor, {
    step,
    timeoutMs: undefined,
    signal,
    newEntry: (planned) => ({
      ...deps.planner().entry(supervisor.flow, planned),
      generation: generationOf(supervisor, planned.address) + 1,
      reason,
    }),
  });
  await rollout.replace([address]);
  return `restarted ${address}, which ${reason}`;
}

function groupByName(
  { plan }: OperationDeps["supervisor"],
  addresses: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { planned } of plan.entries) {
    if (!addresses.includes(planned.address)) continue;
    const name = helperName(planned);
    groups.set(name, [...(groups.get(name) ?? []), planned.address]);
  }
  return groups;
}

function generationOf({ plan }: OperationDeps["supervisor"], address: string): number {
  return plan.entries.find(({ planned }) => planned.address === address)?.generation ?? 0;
}
