import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../error-code.ts";
import { syncFolder } from "./durable-folder.ts";

/**
 * Removes a folder as a whole, durably. A crash leaves either the complete folder or none, plus
 * remains that `removeRemains` or the next call removes. Does nothing when the folder does not
 * exist. Throws the file system's errors.
 */
export async function removeFolder(path: string): Promise<void> {
  await removeRemains(path);
  try {
    await rename(path, remainsOf(path));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  await syncFolder(dirname(path));
  await removeRemains(path);
}

/** Removes what a crash during `removeFolder(path)` left. */
export async function removeRemains(path: string): Promise<void> {
  await rm(remainsOf(path), { recursive: true, force: true });
}

function remainsOf(path: string): string {
  return `${path}.removed`;
}
