import { readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { syncFolder } from "../../util/files/durable-folder.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { exists, setAside } from "../../util/files/set-aside.ts";
import { DEPLOYMENT, type StateFile } from "../disk/state-file.ts";

/** The file in the new folder with the deployment and its entry for `state.json`. */
const RECORD = "resharded.json";
const RECORD_FORM = z.strictObject({ deployment: z.string(), state: DEPLOYMENT });

/** The deployment of the new data, and its shards. */
export type ReshardRecord = z.infer<typeof RECORD_FORM>;

/**
 * The folder of the new shards, next to that of the deployment. No deployment can have this name.
 */
export function draftFolder(folder: string): string {
  return `${folder}.resharding`;
}

function readyFolder(folder: string): string {
  return `${folder}.resharded`;
}

/**
 * Commits the new data with one rename. A crash before it leaves the old data. After it, every call
 * of `finishReshard` continues.
 */
export async function commitReshard(folder: string, record: ReshardRecord): Promise<void> {
  await replaceFile(join(draftFolder(folder), RECORD), JSON.stringify(record));
  await rename(draftFolder(folder), readyFolder(folder));
  await syncFolder(dirname(folder));
}

/**
 * Puts committed new data in the place of the old data, which is kept next to it. Does nothing
 * without committed data. Each step can be repeated after a crash. Returns the folder of the old
 * data.
 */
export async function finishReshard(
  folder: string,
  stateFile: StateFile,
): Promise<string | undefined> {
  const ready = readyFolder(folder);
  if (!(await exists(ready))) return undefined;
  const { deployment, state } = RECORD_FORM.parse(
    JSON.parse(await readFile(join(ready, RECORD), "utf8")),
  );
  const aside = await setAside(folder, "before-reshard");
  await stateFile.replaceDeployment(deployment, state);
  await rename(ready, folder);
  await syncFolder(dirname(folder));
  await rm(join(folder, RECORD), { force: true });
  return aside;
}
