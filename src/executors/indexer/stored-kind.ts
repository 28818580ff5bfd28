import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** The kind and the length of the vectors of an index. */
export interface StoredKind {
  readonly kind: "undecided" | "dense" | "sparse";
  readonly dimensions: number | null;
}

const FILE = "vector-kind";

/**
 * Returns what `writeStoredKind` wrote. A damaged file counts as absent, because only the log and
 * the snapshots are safe in a loss of power.
 */
export function readStoredKind(workspace: string): StoredKind | undefined {
  const path = join(workspace, FILE);
  if (!existsSync(path)) return undefined;
  const [checksum, json = ""] = readFileSync(path, "utf8").split("\n");
  return checksum === String(crc32(json)) ? (JSON.parse(json) as StoredKind) : undefined;
}

/** Keeps the kind in the workspace of a copy. */
export function writeStoredKind(workspace: string, kind: StoredKind): void {
  const json = JSON.stringify(kind);
  writeFileSync(join(workspace, FILE), `${crc32(json)}\n${json}`, { mode: 0o600 });
}
