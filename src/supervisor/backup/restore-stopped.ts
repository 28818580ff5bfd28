import { join } from "node:path";
import { JflowError } from "../../util/errors.ts";
import { copyFolder } from "../../util/files/copy-folder.ts";
import type { SupervisorDeps } from "../assemble/assemble.ts";
import { loadFlow } from "../disk/load-flow.ts";
import { reshardFlow, type ReshardOptions } from "../reshard/reshard-flow.ts";
import { readCopies } from "../shards/read-copies.ts";
import { checkUses, readBackup, verifyBackup } from "./read-backup.ts";

/**
 * Replaces the documents of a deployment by those of a backup, in any number of shards, while the
 * flow does not run. The old data stays next to the new data. Returns lines for the user. Throws as
 * `readBackup`, `checkUses`, `verifyBackup` and `reshardFlow` do.
 */
export async function restoreStopped(
  options: ReshardOptions & { readonly backup: string },
  deps: SupervisorDeps,
): Promise<readonly string[]> {
  const { backup: folder, deployment: name } = options;
  const flow = await loadFlow(options);
  const backup = await readBackup(folder);
  const deployment = flow.deployments.find((each) => each.name === name);
  if (deployment !== undefined) checkUses(backup, { deployment: name, uses: deployment.usesText });
  await verifyBackup(folder, backup);
  return reshardFlow(options, deps, {
    shards: backup.shards.length,
    routingShards: backup.routingShards,
    async place(shard, workspace) {
      await copyFolder(join(folder, String(shard)), workspace);
      const copyId = readCopies(join(workspace, "..")).get(0);
      if (copyId !== undefined) return copyId;
      throw new JflowError("DATA_LOSS", `shard ${shard} of the backup has no copy id`);
    },
  });
}
