import { rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../error-code.ts";
import { syncFolder } from "./durable-folder.ts";

/**
 * Renames a folder to the first free of `<folder>.<label>-1`, `-2`, ..., durably. Returns the new
 * path, or undefined when the folder does not exist. Throws the file system's errors.
 */
export async function setAside(folder: string, label: string): Promise<string | undefined> {
  if (!(await exists(folder))) return undefined;
  for (let number = 1; ; number += 1) {
    const aside = `${folder}.${label}-${number}`;
    if (await exists(aside)) continue;
    await rename(folder, aside);
    await syncFolder(dirname(folder));
    return aside;
  }
}

/** Returns whether a path exists. Throws when the file system cannot tell. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
