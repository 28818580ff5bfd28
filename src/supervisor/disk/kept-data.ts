import { lstat, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode } from "../../util/error-code.ts";

/** Data that was moved aside instead of being removed. */
export interface KeptData {
  /**
   * Damaged copies that were restored from others, or the data of a deployment before a reshard.
   */
  readonly kind: "damaged" | "resharded";
  readonly folders: number;
  readonly bytes: number;
  /** A pattern that matches all these folders in a shell. */
  readonly pattern: string;
}

/**
 * Returns the kept data of a deployment: `<folder>/<shard>/<replica>.damaged-<n>` and
 * `<folder>.before-reshard-<n>`.
 */
export async function findKeptData(folder: string): Promise<readonly KeptData[]> {
  const shards = await listFolders(folder);
  const copies = await Promise.all(shards.map(listFolders));
  const damaged = copies.flat().filter((path) => /\.damaged-\d+$/.test(path));
  const siblings = await listFolders(dirname(folder));
  const earlier = siblings.filter((path) => path.startsWith(`${folder}.before-reshard-`));
  const found = [
    { kind: "damaged", paths: damaged, pattern: `${quote(folder)}/*/*.damaged-*` },
    { kind: "resharded", paths: earlier, pattern: `${quote(folder)}.before-reshard-*` },
  ] as const;
  return Promise.all(
    found
      .filter(({ paths }) => paths.length > 0)
      .map(async ({ kind, paths, pattern }) => ({
        kind,
        folders: paths.length,
        bytes: (await Promise.all(paths.map(sizeOf))).reduce((sum, bytes) => sum + bytes, 0),
        pattern,
      })),
  );
}

async function listFolders(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** Bytes of all files in a folder. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await lstat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** Quotes a path for a shell. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
