import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "../util/error-code.ts";

/**
 * Returns why a runtime folder cannot be used: the error of the file system, the owner of the
 * nearest folder that exists, and the variable that selects another folder.
 */
export async function explainRuntimeFolder(path: string, error: unknown): Promise<string> {
  const owner = await findOwner(path);
  const belongs = owner === undefined ? "" : `. ${owner.folder} belongs to user id ${owner.uid}`;
  return `cannot use the runtime folder ${path}: ${messageOf(error)}${belongs}. Set XDG_RUNTIME_DIR to a folder of your own, or unset the variable`;
}

/** Returns undefined if the first readable folder belongs to this user. */
async function findOwner(path: string): Promise<{ folder: string; uid: number } | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined)
    return found.uid === process.getuid?.() ? undefined : { folder: path, uid: found.uid };
  return dirname(path) === path ? undefined : findOwner(dirname(path));
}
