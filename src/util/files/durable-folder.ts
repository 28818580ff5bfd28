import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { makeFolder } from "./make-folder.ts";

/**
 * Makes the names in a folder (created, renamed, removed) durable. Throws the errors of the file
 * system.
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
 * Makes a folder that only its owner can read, and its missing parents, durably. An existing folder
 * is left as it is.
 */
export async function makeDurableFolder(path: string): Promise<void> {
  const wanted = resolve(path);
  const first = await makeFolder(wanted);
  if (first === undefined) return;
  for (let made = wanted; made.length >= first.length; made = dirname(made))
    await syncFolder(dirname(made));
}
