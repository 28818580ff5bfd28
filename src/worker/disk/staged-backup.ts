import { dirname, join } from "node:path";
import { STAGED_BACKUPS } from "../../model/shard/backup.ts";
import { JflowError } from "../../util/errors.ts";
import { exists } from "../../util/files/set-aside.ts";
import { Snapshots, type CountedSnapshot } from "../../storage/storage.ts";

/**
 * Returns the snapshot of a staged backup of the shard. `workspace` is the folder of a copy. Throws
 * `DATA_LOSS` if the backup does not exist or is damaged.
 */
export async function findStagedBackup(workspace: string, name: string): Promise<CountedSnapshot> {
  const folder = join(dirname(workspace), STAGED_BACKUPS, name, "snapshots");
  let damage = "it does not exist";
  if (await exists(folder)) {
    const report = (text: string): void => {
      damage = text;
    };
    const snapshots = await Snapshots.open(folder, { report });
    const [newest] = await snapshots.list();
    if (newest !== undefined && (await snapshots.verify(newest))) return newest;
  }
  throw new JflowError("DATA_LOSS", `cannot load the restored backup ${folder}: ${damage}`);
}
