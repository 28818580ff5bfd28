import type { Described } from "../model/supervisor.ts";
import { assemble, type SupervisorDeps } from "./assemble/assemble.ts";
import { describeLaunch, WORKER_ENTRY } from "./assemble/launch.ts";
import { describeExecutors } from "./compile/describe-executors.ts";
import { loadFlow, makeFlowFolder, type FlowFileOptions } from "./disk/load-flow.ts";

/**
 * Returns what each executor of a flow declares, by deployment. Throws `NOT_FOUND`, `FLOW_INVALID`,
 * and `NOT_READY` for an executor that cannot be loaded.
 */
export async function describeFlowFile(
  choice: FlowFileOptions,
  deps: SupervisorDeps,
): Promise<Readonly<Record<string, Described>>> {
  const flow = await loadFlow(choice);
  const paths = await makeFlowFolder(flow, deps.stateDir);
  const assembly = await assemble({ flow, paths, socket: () => "", deps });
  return describeExecutors(flow, assembly.modules, {
    folder: paths.compiled,
    workerEntry: WORKER_ENTRY,
    version: deps.version,
    ...describeLaunch(assembly),
  });
}
