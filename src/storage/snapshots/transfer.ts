import type { SnapshotChunk } from "../../model/shard/snapshot.ts";
import { dirname, join } from "node:path";
import { JflowError } from "../../util/errors.ts";
import type { Files, OpenFile } from "../files/files.ts";
import { findDamage, readManifest, sumFile } from "./snapshot-files.ts";
import { EXTRA, FILES, isPlainName, MANIFEST, type Manifest } from "./manifest.ts";
import type { CountedSnapshot, ReceivingSnapshot } from "./snapshot.ts";

const CHUNK_BYTES = 1 << 20;

/**
 * All files of the snapshot in `folder`, in portions of a megabyte; an empty file is one empty
 * portion.
 */
export async function* sendFiles(files: Files, folder: string): AsyncGenerator<SnapshotChunk> {
  const manifest = await readManifest(files, folder);
  for (const name of [MANIFEST, EXTRA, ...manifest.files.map((file) => `${FILES}/${file.name}`)]) {
    const file = await files.open(join(folder, name), "read");
    try {
      const size = await file.size();
      for (let offset = 0; offset === 0 || offset < size; offset += CHUNK_BYTES) {
        const bytes = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - offset));
        yield { file: name, offset, bytes: bytes.subarray(0, await file.read(bytes, offset)) };
      }
    } finally {
      await file.close();
    }
  }
}

/**
 * Writes a received snapshot into its own folder. Calls `place` once the snapshot is whole and
 * durable.
 */
export class ReceivingFolder implements ReceivingSnapshot {
  readonly #files: Files;
  readonly #folder: string;
  readonly #place: (manifest: Manifest) => Promise<CountedSnapshot>;
  readonly #folders: Set<string>;
  #current: { readonly name: string; readonly file: OpenFile; size: number } | undefined;

  constructor(
    files: Files,
    folder: string,
    place: (manifest: Manifest) => Promise<CountedSnapshot>,
  ) {
    this.#files = files;
    this.#folder = folder;
    this.#place = place;
    this.#folders = new Set([folder, join(folder, FILES)]);
  }

  async write(chunk: SnapshotChunk): Promise<void> {
    assertMayArrive(chunk.file);
    if (this.#current?.name !== chunk.file) await this.#begin(chunk.file);
    const current = this.#current;
    if (current === undefined || current.size !== chunk.offset)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `byte ${chunk.offset} of ${chunk.file} is not the next of the snapshot`,
      );
    await current.file.write([chunk.bytes], chunk.offset);
    current.size += chunk.bytes.length;
  }

  async finish(): Promise<CountedSnapshot> {
    try {
      await this.#end();
      const manifest = await readManifest(this.#files, this.#folder);
      await sumFile(this.#files, join(this.#folder, MANIFEST), "durably");
      const damage = await findDamage(this.#files, this.#folder, manifest, "durably");
      if (damage !== undefined)
        throw new JflowError("DATA_LOSS", `the snapshot did not arrive whole: ${damage}`);
      for (const folder of [...this.#folders].toSorted().toReversed())
        await this.#files.syncFolder(folder);
      return await this.#place(manifest);
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  async discard(): Promise<void> {
    await this.#end();
    await this.#files.removeTree(this.#folder);
  }

  async #begin(name: string): Promise<void> {
    await this.#end();
    const path = join(this.#folder, name);
    await this.#files.makeFolder(dirname(path));
    for (let folder = dirname(path); folder.length >= this.#folder.length; folder = dirname(folder))
      this.#folders.add(folder);
    this.#current = { name, file: await this.#files.open(path, "create"), size: 0 };
  }

  async #end(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.file.close();
  }
}

function assertMayArrive(name: string): void {
  if (name === MANIFEST || name === EXTRA) return;
  if (name.startsWith(`${FILES}/`) && isPlainName(name)) return;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `a snapshot holds no file of the name ${JSON.stringify(name)}`,
  );
}
