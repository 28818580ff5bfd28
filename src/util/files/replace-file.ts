import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./durable-folder.ts";

/**
 * Replaces a small file, or creates it: whoever reads it, before or after a crash, sees all of the
 * old bytes or all of the new ones, and once this resolves the new ones survive a loss of power.
 * Its owner alone may read it. Throws what the file system says; the old file is then untouched.
 */
export async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const fresh = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = await open(fresh, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
