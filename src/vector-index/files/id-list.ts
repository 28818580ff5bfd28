import type { CheckedFile } from "./checked-file.ts";

const NONE = 0xffff_ffff;
const CHUNK_IDS = 4096;

/**
 * Ids of slots as bytes: the byte length of each (u32; all ones for a dead slot), then their UTF-8.
 * In chunks of some thousands.
 */
export function* idBytes(ids: readonly (string | undefined)[]): Generator<Uint8Array> {
  for (let from = 0; from < ids.length; from += CHUNK_IDS) {
    const chunk = ids.slice(from, from + CHUNK_IDS);
    const lengths = Buffer.alloc((chunk.length + 1) * 4);
    chunk.forEach((id, i) =>
      lengths.writeUInt32LE(id === undefined ? NONE : Buffer.byteLength(id), (i + 1) * 4),
    );
    const texts = Buffer.from(chunk.join(""));
    lengths.writeUInt32LE(texts.length);
    yield lengths;
    yield texts;
  }
}

/** The `count` ids that `idBytes` wrote. Throws `DATA_LOSS` if there are fewer. */
export async function readIds(
  file: Pick<CheckedFile<unknown>, "read">,
  count: number,
): Promise<(string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  while (ids.length < count) {
    const size = Math.min(CHUNK_IDS, count - ids.length);
    const lengths = await file.read((size + 1) * 4);
    const texts = await file.read(lengths.readUInt32LE());
    let at = 0;
    for (let i = 1; i <= size; i += 1) {
      const length = lengths.readUInt32LE(i * 4);
      ids.push(length === NONE ? undefined : texts.toString("utf8", at, at + length));
      if (length !== NONE) at += length;
    }
  }
  return ids;
}
