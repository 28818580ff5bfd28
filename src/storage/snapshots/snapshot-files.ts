import { join } from "node:path";
import { crc32 } from "node:zlib";
import { JflowError } from "../../util/errors.ts";
import type { Files } from "../files/files.ts";
import {
  decodeManifest,
  encodeManifest,
  EXTRA,
  FILES,
  isPlainName,
  MANIFEST,
  type FileSum,
  type Manifest,
} from "./manifest.ts";

const CHUNK_BYTES = 1 << 20;

/** Checksums of files that an earlier snapshot shares by hard links, by the files' identity. */
export type KnownSums = ReadonlyMap<string, FileSum>;

/**
 * Returns the names of all files and folders under `root`, relative to it, the deepest folders
 * first. Throws `EXECUTOR_FAILED` for anything that is neither a file nor a folder, and for a name
 * that is not plain.
 */
async function walkFolder(
  files: Files,
  root: string,
  under = "",
): Promise<{ files: string[]; folders: string[] }> {
  const found: { files: string[]; folders: string[] } = { files: [], folders: [] };
  for (const entry of await files.list(join(root, under))) {
    const name = under === "" ? entry.name : `${under}/${entry.name}`;
    if (entry.kind === "other" || !isPlainName(name))
      throw new JflowError(
        "EXECUTOR_FAILED",
        `a snapshot may hold plain files and folders only, not ${join(root, name)}`,
      );
    if (entry.kind === "file") found.files.push(name);
    if (entry.kind === "file") continue;
    const inner = await walkFolder(files, root, name);
    found.files.push(...inner.files);
    found.folders.push(...inner.folders, name);
  }
  return found;
}

/**
 * Returns size and checksum of a file, read in portions. With `durably`, its bytes are on disk
 * afterwards.
 */
export async function sumFile(
  files: Files,
  path: string,
  how: "durably" | "only",
): Promise<FileSum> {
  const file = await files.open(path, "read");
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let [size, sum] = [0, 0];
    for (let got = await file.read(buffer, 0); got > 0; got = await file.read(buffer, size)) {
      sum = crc32(buffer.subarray(0, got), sum);
      size += got;
    }
    if (how === "durably") await file.datasync();
    return { size, crc32: sum };
  } finally {
    await file.close();
  }
}

/**
 * Makes a snapshot of a folder of executor files: computes their checksums, and adds `extra` and
 * the manifest. All of it is on disk afterwards, except the name of the folder.
 */
export async function sealSnapshot(
  files: Files,
  folder: string,
  content: { mark: Manifest["mark"]; extra: Uint8Array; known: KnownSums },
): Promise<Manifest> {
  const root = join(folder, FILES);
  const found = await walkFolder(files, root);
  const sums: (FileSum & { name: string })[] = [];
  for (const name of found.files.toSorted()) {
    const path = join(root, name);
    const { size, identity } = await files.stat(path);
    const known = content.known.get(identity);
    sums.push({ name, ...(known?.size === size ? known : await sumFile(files, path, "durably")) });
  }
  const manifest = {
    mark: content.mark,
    files: sums,
    extra: { size: content.extra.length, crc32: crc32(content.extra) },
  };
  await writeDurably(files, join(folder, EXTRA), content.extra);
  await writeDurably(files, join(folder, MANIFEST), encodeManifest(manifest));
  for (const name of found.folders) await files.syncFolder(join(root, name));
  await files.syncFolder(root);
  await files.syncFolder(folder);
  return manifest;
}

/**
 * Reads the manifest of a snapshot. Throws as `decodeManifest` does, and the errors of the file
 * system.
 */
export async function readManifest(files: Files, folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST);
  return decodeManifest(await readWhole(files, path), path);
}

/**
 * Returns the first damage of a snapshot, or undefined when it is whole. With `durably`, all its
 * files are on disk afterwards.
 */
export async function findDamage(
  files: Files,
  folder: string,
  manifest: Manifest,
  how: "durably" | "only",
): Promise<string | undefined> {
  const root = join(folder, FILES);
  const found = await walkFolder(files, root);
  const listed = new Set(manifest.files.map((file) => file.name));
  const present = new Set(found.files);
  const missing = manifest.files.find((file) => !present.has(file.name));
  if (missing !== undefined) return `${missing.name} is missing`;
  const unlisted = found.files.find((name) => !listed.has(name));
  if (unlisted !== undefined) return `${unlisted} is not in its manifest`;
  const wanted = [
    ...manifest.files.map((file) => ({ ...file, path: join(root, file.name) })),
    { ...manifest.extra, name: EXTRA, path: join(folder, EXTRA) },
  ];
  for (const file of wanted) {
    const sum = await sumFile(files, file.path, how);
    if (sum.size !== file.size) return `${file.name} has ${sum.size} bytes instead of ${file.size}`;
    if (sum.crc32 !== file.crc32) return `${file.name} is not as it was written`;
  }
  return undefined;
}

/**
 * Returns the checksums of the files of a snapshot by the identities of the files. Throws the
 * errors of the file system when a file is missing.
 */
export async function identifySums(
  files: Files,
  folder: string,
  manifest: Manifest,
): Promise<KnownSums> {
  const known = new Map<string, FileSum>();
  for (const { name, size, crc32: sum } of manifest.files)
    known.set((await files.stat(join(folder, FILES, name))).identity, { size, crc32: sum });
  return known;
}

/** Returns what the worker stored with the snapshot. Throws `DATA_LOSS` when it is damaged. */
export async function readExtra(
  files: Files,
  folder: string,
  manifest: Manifest,
): Promise<Uint8Array> {
  const bytes = await readWhole(files, join(folder, EXTRA));
  if (bytes.length === manifest.extra.size && crc32(bytes) === manifest.extra.crc32) return bytes;
  throw new JflowError(
    "DATA_LOSS",
    `the snapshot ${folder} is damaged: ${EXTRA} is not as it was written`,
  );
}

async function readWhole(files: Files, path: string): Promise<Buffer> {
  const file = await files.open(path, "read");
  try {
    const bytes = Buffer.allocUnsafe(await file.size());
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
}

async function writeDurably(files: Files, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.open(path, "create");
  try {
    await file.write([bytes], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}
