import { performance } from "node:perf_hooks";
import { outputFile } from "../../model/paths.ts";
import type { GatewayHello } from "../../model/replica.ts";
import { messageOf } from "../../util/error-code.ts";
import type { ReplicaListener } from "../children/replica-deps.ts";
import { ReplicaProcess } from "../children/replica-process.ts";
import type { ChildRegister } from "../disk/child-register.ts";
import { OutputFile } from "../disk/output-file.ts";
import type { Assembly } from "./assemble.ts";
import { launchGateway, launchWorker } from "./launch.ts";

/**
 * Returns a `ReplicaProcess` for each replica of the plan. `boundGateway` returns the ports of an
 * earlier gateway of this run.
 */
export function makeReplicas(
  assembly: Assembly,
  register: ChildRegister,
  listener: ReplicaListener,
  boundGateway: () => GatewayHello | undefined,
): readonly ReplicaProcess[] {
  const { deps, flowPaths } = assembly;
  return assembly.plan.map((planned) => {
    const path = outputFile(flowPaths, planned.address);
    const output = new OutputFile(path, (error) =>
      deps.log(`${planned.address}: cannot write its output to ${path}: ${messageOf(error)}`),
    );
    const launch =
      planned.part === "gateway"
        ? launchGateway(assembly, boundGateway)
        : launchWorker(assembly, planned);
    return new ReplicaProcess(planned, {
      launch,
      register,
      output,
      listener,
      now: () => performance.now(),
    });
  });
}
