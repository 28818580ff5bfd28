import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { hasCode } from "../error-code.ts";

/**
 * Makes a folder that only its owner can use, and its missing parents. Returns the first folder
 * that was made, or undefined when all existed. Throws the errors of the file system.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Node calls it "no such file" too where the file system takes nothing, being read-only: asked
    // for one folder alone it says why.
    if (hasCode(error, "ENOENT")) await mkdir(await findFirstMissing(resolve(path)));
    throw error;
  }
}

async function findFirstMissing(path: string): Promise<string> {
  const parent = dirname(path);
  const isThere = await stat(parent).then(
    () => true,
    () => false,
  );
  return isThere || parent === path ? path : findFirstMissing(parent);
}
