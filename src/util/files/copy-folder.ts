import { copyFile, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { makeDurableFolder, syncFolder } from "./durable-folder.ts";

/**
 * Copies the files and folders within `from` into the new folder `to`. Everything is on disk when
 * this resolves. Throws the errors of the file system.
 */
export async function copyFolder(from: string, to: string): Promise<void> {
  await makeDurableFolder(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target);
    else if (entry.isFile()) await copyDurably(source, target);
  }
  await syncFolder(to);
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
