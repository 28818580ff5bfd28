import type { Draft, DraftExecutor } from "../draft/draft.ts";
import type { CheckDeps } from "../draft/read-keys.ts";
import { MAX_PROCESSES_PER_DEPLOYMENT } from "../../util/limits/flow-file.ts";

/** Checks the bounds of `autoscale`, and that `replicas` is within them. */
export function checkAutoscale(draft: Draft, deps: CheckDeps): void {
  for (const executor of draft.executors) {
    const fault = findFault(executor);
    if (fault === undefined) continue;
    const path = [...executor.path, ...fault.keys];
    deps.report.add({
      code: "invalid-value",
      span: deps.locations.valueAt(path),
      path,
      message: `executor "${executor.name}": ${fault.message}`,
      hint: fault.hint,
    });
  }
}

interface Fault {
  readonly keys: readonly string[];
  readonly message: string;
  readonly hint: string;
}

function findFault({ values, given }: DraftExecutor): Fault | undefined {
  const { autoscale, replicas, shards } = values;
  if (autoscale === undefined) return undefined;
  const { min, max } = autoscale;
  if (max < min)
    return {
      keys: ["autoscale", "max"],
      message: `autoscale has max ${max}, which is less than min ${min}`,
      hint: `write a max of at least ${min}`,
    };
  if (max * shards > MAX_PROCESSES_PER_DEPLOYMENT)
    return {
      keys: ["autoscale", "max"],
      message: `${shards} shards with up to ${max} replicas each need ${(max * shards).toLocaleString("en")} processes, more than the limit of ${MAX_PROCESSES_PER_DEPLOYMENT.toLocaleString("en")}`,
      hint: `write a max of at most ${Math.floor(MAX_PROCESSES_PER_DEPLOYMENT / shards)}`,
    };
  if (given.has("replicas") && (replicas < min || replicas > max))
    return {
      keys: ["replicas"],
      message: `replicas: ${replicas} is not within autoscale, which allows ${min} to ${max}`,
      hint: `remove replicas to begin with ${min}`,
    };
  return undefined;
}
