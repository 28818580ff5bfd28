import type { Described } from "../model/supervisor.ts";
import { assemble, type Surroundings } from "./assemble/assemble.ts";
import { describeLaunch, WORKER_ENTRY } from "./assemble/launch.ts";
import { describeExecutors } from "./compile/describe-executors.ts";
import { loadFlow, makePlaces, type FlowChoice } from "./disk/load-flow.ts";

/**
 * Says what each executor of a flow declares, by deployment. Throws `NOT_FOUND`, `FLOW_INVALID`,
 * `NOT_READY` for one that cannot be loaded.
 */
export async function describeFlowFile(
  choice: FlowChoice,
  surroundings: Surroundings,
): Promise<Readonly<Record<string, Described>>> {
  const flow = await loadFlow(choice);
  const places = await makePlaces(flow);
  const assembly = await assemble({ flow, places, socket: "", surroundings });
  return describeExecutors(flow, assembly.modules, {
    folder: places.compiled,
    workerEntry: WORKER_ENTRY,
    version: surroundings.version,
    ...describeLaunch(assembly),
  });
}
