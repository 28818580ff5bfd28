import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { hasCode } from "../error-code.ts";

/**
 * Makes a folder and its missing parents, by default for their owner alone. Returns the first
 * folder that was made, or undefined when all existed. Throws the errors of the file system.
 *
 * The recursive `mkdir` of Node never returns if a file system does not accept folders, such as
 * `/proc`. The folders are therefore made one by one.
 */
export async function makeFolder(path: string, mode = 0o700): Promise<string | undefined> {
  const folder = resolve(path);
  try {
    return await makeOne(folder, mode);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
  // Another process may make the parent at this moment, so its absence decides nothing.
  const first = await makeFolder(dirname(folder), mode);
  const made = await makeOne(folder, mode);
  return first ?? made;
}

/** Returns the folder if it was made, undefined if it existed. The parent must exist. */
async function makeOne(folder: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(folder, { mode });
    return folder;
  } catch (error) {
    if (await isFolder(folder)) return undefined;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
