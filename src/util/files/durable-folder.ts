import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { makeFolder } from "./make-folder.ts";

/**
 * Makes the names in a folder (created, renamed, removed) survive a loss of power. Throws what the
 * file system says.
 */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes a folder, readable by its owner only, with the parents it lacks; all of them survive a loss
 * of power. One that is there is left as it is.
 */
export async function makeDurableFolder(path: string): Promise<void> {
  const wanted = resolve(path);
  const first = await makeFolder(wanted);
  if (first === undefined) return;
  for (let made = wanted; made.length >= first.length; made = dirname(made))
    await syncFolder(dirname(made));
}
