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
  const parent = dirname(folder);
  try {
    await mkdir(folder, { mode });
    return folder;
  } catch (error) {
    if (await isFolder(folder)) return undefined;
    if (!hasCode(error, "ENOENT") || (await isFolder(parent))) throw error;
  }
  const first = await makeFolder(parent, mode);
  return (await makeFolder(folder, mode)) === undefined ? first : (first ?? folder);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
