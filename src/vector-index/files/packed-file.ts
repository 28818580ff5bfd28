import { closeSync, openSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { packZeros, unpackZeros } from "../../util/bytes/zero-runs.ts";

const HEAD_BYTES = 8;

/** Yields a block that can be read without its length: both lengths (u32), then the bytes. */
export function* packBlock(bytes: Uint8Array): Generator<Uint8Array> {
  const packed = packZeros(bytes);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(bytes.length);
  head.writeUInt32LE(packed?.length ?? bytes.length, 4);
  yield head;
  yield packed ?? bytes;
}

/** Reads the block that `packBlock` made. `read` returns the next bytes of that number. */
export async function readBlock(read: (length: number) => Promise<Buffer>): Promise<Buffer> {
  const head = await read(HEAD_BYTES);
  const [length, stored] = [head.readUInt32LE(), head.readUInt32LE(4)];
  const bytes = await read(stored);
  return stored === length ? bytes : unpackZeros(bytes);
}

/**
 * Writes the chunks of a stream as the blocks of a packed file. Writes without the threads of `fs`:
 * the source of the stream may hold all of them.
 */
export async function writePacked(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = openSync(path, "w", 0o600);
  try {
    for await (const chunk of chunks) for (const part of packBlock(chunk)) writeWhole(file, part);
  } finally {
    closeSync(file);
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

/** Writes the bytes of a packed file, which is whole, to another file. */
export async function unpackFile(path: string, target: string): Promise<void> {
  const source = await open(path, "r");
  try {
    const unpacked = await open(target, "w", 0o600);
    try {
      await copyUnpacked(source, unpacked);
    } finally {
      await unpacked.close();
    }
  } finally {
    await source.close();
  }
}

async function copyUnpacked(source: FileHandle, target: FileHandle): Promise<void> {
  const { size } = await source.stat();
  const cursor = { at: 0 };
  const read = async (length: number): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length;) {
      const { bytesRead } = await source.read(buffer, done, length - done, cursor.at + done);
      if (bytesRead === 0) throw new RangeError("the packed file ends too early");
      done += bytesRead;
    }
    cursor.at += length;
    return buffer;
  };
  while (cursor.at < size) await target.writeFile(await readBlock(read));
}
