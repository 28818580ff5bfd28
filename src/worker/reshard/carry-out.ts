import { JflowError } from "../../util/errors.ts";
import type { ExecutorLog } from "../../model/executor.ts";
import type { ReplicaSpec } from "../../model/replica.ts";
import type { ReshardDone, ReshardTask } from "../../model/reshard.ts";
import { describeExecutor } from "../executor/describe-executor.ts";
import type { Bindings } from "../executor/bindings.ts";
import { recoverCopy, type RecoveredCopy } from "../disk/recover-copy.ts";
import { exportDocuments } from "./export-documents.ts";
import { prepareBackup } from "./prepare-backup.ts";
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
    keepsDamage: task.kind !== "import",
  });
  try {
    const documents = await carryOut(task, found, bindings);
    return { type: "resharded", processId, copyId: found.workspace.copyId, documents };
  } finally {
    await found.log.close();
    await found.host.close();
  }
}

/** Returns the number of documents. */
async function carryOut(
  task: ReshardTask,
  found: RecoveredCopy,
  bindings: Bindings,
): Promise<number> {
  if (task.kind === "export") return exportDocuments(found, bindings, task);
  if (task.kind === "import") return importDocuments(found, bindings, task.files);
  return prepareBackup(found, bindings);
}
