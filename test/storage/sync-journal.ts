import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import type { Random } from "./simulated-files.ts";

/**
 * Compiles a program of this folder, with all it imports, into `target`, so that any node runs it.
 */
export function compileProgram(name: string, target: string): string {
  const source = join(dirname(fileURLToPath(import.meta.url)), name);
  buildSync({
    entryPoints: [source],
    outfile: target,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  return target;
}

/**
 * Arguments and environment that make a node process note its syncs in `journal`; `folder` takes
 * the compiled preload.
 */
export function journalledNode(
  folder: string,
  journal: string,
): { args: readonly string[]; env: Readonly<Record<string, string>> } {
  return {
    args: ["--import", compileProgram("record-syncs.ts", join(folder, "record-syncs.mjs"))],
    env: { JFLOW_SYNC_JOURNAL: journal },
  };
}

/**
 * What a loss of power does to the files under `folder`, once the processes that wrote them are
 * gone: everything behind a file's last completed sync is cut off, or garbled. Fits files that only
 * grow, or are replaced as a whole. Names are left alone. Tells how many bytes were lost.
 */
export function forgetUnsynced(folder: string, journal: string, random: Random): number {
  const synced = new Map<string, number>();
  if (existsSync(journal))
    for (const line of readFileSync(journal, "utf8").split("\n")) {
      const [identity, size] = line.split(" ");
      if (identity !== undefined && size !== undefined) synced.set(identity, Number(size));
    }
  let lost = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { dev, ino, size } = statSync(path);
    const kept = Math.min(size, synced.get(`${dev}:${ino}`) ?? 0);
    lost += size - kept;
    if (kept < size) forgetTail(path, kept, random);
  }
  return lost;
}

function forgetTail(path: string, kept: number, random: Random): void {
  if (random() < 0.5) {
    truncateSync(path, kept);
    return;
  }
  const bytes = readFileSync(path);
  for (let at = kept; at < bytes.length; at += 1) bytes.writeUInt8(Math.floor(random() * 256), at);
  writeFileSync(path, bytes);
}
