import { outputFile } from "../../model/paths.ts";
import { messageOf } from "../../util/error-code.ts";
import type { ReplicaListener } from "../children/replica-deps.ts";
import { ReplicaProcess } from "../children/replica-process.ts";
import type { ChildRegister } from "../disk/child-register.ts";
import { OutputFile } from "../disk/output-file.ts";
import type { PlanEntry } from "../plan/flow-plan.ts";
import type { Assembly } from "./assemble.ts";

/** Returns the `ReplicaProcess` of a planned replica. Its output goes to a file of its own. */
export function makeReplica(
  entry: PlanEntry,
  { deps, flowPaths }: Pick<Assembly, "deps" | "flowPaths">,
  { register, listener }: { register: ChildRegister; listener: ReplicaListener },
): ReplicaProcess {
  const { address } = entry.planned;
  const path = outputFile(flowPaths, address);
  const output = new OutputFile(path, (error) =>
    deps.log(`${address}: cannot write its output to ${path}: ${messageOf(error)}`),
  );
  return new ReplicaProcess(entry, {
    register,
    output,
    listener,
    now: () => deps.clock.now(),
    random: () => deps.random(),
  });
}
