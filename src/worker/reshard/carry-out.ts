import { JflowError } from "../../util/errors.ts";
import type { ExecutorLog } from "../../model/executor.ts";
import type { ReplicaSpec } from "../../model/replica.ts";
import type { ReshardDone } from "../../model/reshard.ts";
import { describeExecutor } from "../executor/describe-executor.ts";
import { recoverCopy } from "../disk/recover-copy.ts";
import { exportDocuments } from "./export-documents.ts";
import { importDocuments } from "./import-documents.ts";

/**
 * Performs the task of a spec on the workspace that it names. Throws what the executor, the storage
 * and the checks of the task throw.
 */
export async function carryOutReshard(spec: ReplicaSpec, log: ExecutorLog): Promise<ReshardDone> {
  const { task, shard, shards, replica, workspace, processId } = spec;
  if (task === undefined)
    throw new JflowError("INTERNAL", `the spec of ${spec.address} has no task`);
  const { executor, bindings, hello } = await describeExecutor(spec);
  if (!hello.stateful)
    throw new JflowError(
      "FAILED_PRECONDITION",
      `${executor.name} is not stateful: only the documents of a stateful executor can be resharded`,
    );
  const found = await recoverCopy({
    folder: workspace,
    durability: spec.durability,
    executorOptions: {
      executor,
      config: spec.usesWith,
      place: { shard, shards, replica, workspace, log },
    },
    notice: (text) => log.warn(text),
    keepsDamage: task.kind === "export",
  });
  try {
    const documents =
      task.kind === "export"
        ? await exportDocuments(found, bindings, task)
        : await importDocuments(found, bindings, task.files);
    return { type: "resharded", processId, copyId: found.workspace.copyId, documents };
  } finally {
    await found.log.close();
    await found.host.close();
  }
}
