import { readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { syncFolder } from "../../util/files/durable-folder.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { exists, setAside } from "../../util/files/set-aside.ts";
import { DEPLOYMENT, type StateFile } from "../disk/state-file.ts";

/** In the new folder: whose it is, and what `state.json` is to say of it. */
const RECORD = "resharded.json";
const RECORD_FORM = z.strictObject({ deployment: z.string(), state: DEPLOYMENT });

/** Which deployment the new data is of, and its shards. */
export type ReshardRecord = z.infer<typeof RECORD_FORM>;

/**
 * Where the new shards of a deployment are made, beside its folder. No deployment can be called so.
 */
export function draftFolder(folder: string): string {
  return `${folder}.resharding`;
}

function readyFolder(folder: string): string {
  return `${folder}.resharded`;
}

/**
 * Decides for the new data, in one rename: before it a crash leaves the old data, after it
 * `finishReshard` goes on whenever it is called.
 */
export async function commitReshard(folder: string, record: ReshardRecord): Promise<void> {
  await replaceFile(join(draftFolder(folder), RECORD), JSON.stringify(record));
  await rename(draftFolder(folder), readyFolder(folder));
  await syncFolder(dirname(folder));
}

/**
 * Puts new data that was decided for into the place of the old, which is kept beside it. Does
 * nothing where there is none; each step can be repeated after a crash. Returns where the old data
 * is now.
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
