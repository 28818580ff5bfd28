import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { STAGED_BACKUPS } from "../../model/shard/backup.ts";
import { hasCode } from "../../util/error-code.ts";
import { removeFolder } from "../../util/files/remove-folder.ts";
import { replaceFile } from "../../util/files/replace-file.ts";

/** The file in a staged backup with the number of the write that restored it. */
const APPLIED = "applied";

/** Returns the folder of a staged backup. `shardFolder` holds the workspaces of the copies. */
export function stagedFolder(shardFolder: string, name: string): string {
  return join(shardFolder, STAGED_BACKUPS, name);
}

/** Records the write that restored a staged backup. Resolves when the number is on disk. */
export async function recordApplied(staged: string, seq: number): Promise<void> {
  await replaceFile(join(staged, APPLIED), `${seq}\n`);
}

/**
 * Removes the staged backups that no log needs any more: every log of the shard begins after the
 * write that restored them.
 */
export async function pruneStaged(shardFolder: string): Promise<void> {
  const replicas = (await namesIn(shardFolder)).filter((name) => /^\d+$/.test(name));
  const starts = await Promise.all(replicas.map((name) => firstInLog(join(shardFolder, name))));
  for (const name of await namesIn(join(shardFolder, STAGED_BACKUPS))) {
    const staged = stagedFolder(shardFolder, name);
    const seq = Number.parseInt(await readFile(join(staged, APPLIED), "utf8").catch(() => ""), 10);
    if (starts.every((start) => start > seq)) await removeFolder(staged);
  }
}

/** Returns the number of the first record that a log may hold, as the names of its files tell. */
async function firstInLog(workspace: string): Promise<number> {
  const names = await namesIn(join(workspace, "log"));
  const starts = names.flatMap((name) => {
    const [, start] = /^\d+-(\d+)\.log/.exec(name) ?? [];
    return start === undefined ? [] : [Number(start)];
  });
  return Math.min(...starts);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  });
}
