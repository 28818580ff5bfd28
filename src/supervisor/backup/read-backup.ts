import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { BACKUP_MANIFEST, parseBackup, type BackupManifest } from "../../model/shard/backup.ts";
import { hasCode } from "../../util/error-code.ts";
import { JflowError } from "../../util/errors.ts";
import { sumFolder } from "../../util/files/folder-sums.ts";

/**
 * Reads the manifest of a backup. Throws `NOT_FOUND` if the folder holds no complete backup, and as
 * `parseBackup` does.
 */
export async function readBackup(folder: string): Promise<BackupManifest> {
  const path = join(folder, BACKUP_MANIFEST);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (!hasCode(error, "ENOENT", "ENOTDIR")) throw error;
    throw new JflowError(
      "NOT_FOUND",
      `${folder} holds no complete backup: ${BACKUP_MANIFEST} does not exist`,
    );
  });
  return parseBackup(text, path);
}

/** The deployment that a backup is restored into. */
export interface RestoreTarget {
  readonly deployment: string;
  readonly uses: string;
  readonly shards: number;
  readonly routingShards: number;
}

/** Throws `INVALID_ARGUMENT` if a running deployment cannot take a backup. */
export function checkFits(backup: BackupManifest, target: RestoreTarget): void {
  const { deployment, shards, routingShards } = target;
  const { length } = backup.shards;
  checkUses(backup, target);
  if (length !== shards)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `the backup has ${length} shards and ${deployment} has ${shards}: a running flow cannot change that. Stop the flow with jflow down and run the command again`,
    );
  if (backup.routingShards !== routingShards)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `the backup divides its documents in another way than ${deployment}: stop the flow with jflow down and run the command again`,
    );
}

/** Throws `INVALID_ARGUMENT` if a backup is of another executor. */
export function checkUses(
  backup: BackupManifest,
  { deployment, uses }: Pick<RestoreTarget, "deployment" | "uses">,
): void {
  if (basename(backup.uses) !== basename(uses))
    throw new JflowError(
      "INVALID_ARGUMENT",
      `the backup holds data of ${backup.uses}, and ${deployment} uses ${uses}`,
    );
}

/** Compares all files of a backup with its manifest. Throws `DATA_LOSS` with the first damage. */
export async function verifyBackup(folder: string, { shards }: BackupManifest): Promise<void> {
  for (const { shard, files } of shards) {
    const sums = await sumFolder(join(folder, String(shard))).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    });
    const found = new Map(sums.map((each) => [each.name, each]));
    for (const file of files) {
      const sum = found.get(file.name);
      if (sum?.size === file.size && sum.crc32 === file.crc32) continue;
      const what = sum === undefined ? "does not exist" : "is not as it was written";
      throw new JflowError(
        "DATA_LOSS",
        `the backup is damaged, and no data was changed: ${join(folder, String(shard), file.name)} ${what}`,
      );
    }
  }
}
