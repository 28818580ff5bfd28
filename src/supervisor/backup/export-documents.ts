import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DOCUMENTS_FILE } from "../../model/shard/backup.ts";
import { countOf } from "../../util/text/count-of.ts";
import { runTask, type TaskDeps } from "../reshard/run-task.ts";
import { readCopies } from "../shards/read-copies.ts";
import { backUpFlow, shardsOf, type BackupDeps } from "./back-up-flow.ts";

/**
 * Writes all documents of a deployment into `folder`, a file for each shard, as the executor lists
 * them. The documents are those of a backup, which a worker of its own loads: the replicas of the
 * flow do not do the work.
 */
export async function exportDocuments(
  deps: BackupDeps & TaskDeps,
  { deployment, folder }: { deployment: string; folder: string },
): Promise<string> {
  const backup = join(folder, "backup");
  try {
    await backUpFlow(deps, { deployment, folder: backup }, () => undefined);
    const { length: shards } = shardsOf(deps.supervisor, deployment);
    let count = 0;
    for (let shard = 0; shard < shards; shard += 1) {
      const workspace = join(backup, String(shard));
      const inSync = [...readCopies(backup).values()];
      const files = [join(folder, `${shard}${DOCUMENTS_FILE}`)];
      const task = { kind: "export", inSync, files, routingShards: 1 } as const;
      const done = await runTask(deps, deployment, { shard, shards, workspace, task });
      count += done.documents;
      await rm(workspace, { recursive: true });
    }
    return `exported ${countOf(count, "document")} of ${deployment}`;
  } finally {
    await rm(backup, { recursive: true, force: true });
  }
}
