import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { ZodType } from "zod";
import { JflowError } from "../../util/errors.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { newerFormat } from "../../util/newer-format.ts";

// A checked file: magic (8 bytes), length of the header (u32), header (JSON), body, CRC-32 of all
// before (u32). Little endian.
const MAGIC = Buffer.from("JFLOWCF1");
/** The newest version at the end of a `kind`. */
const VERSION = 2;
const READ_BYTES = 1 << 20;

/** Writes a checked file; not fsynced. A chunk may be used again once the next one is asked for. */
export async function writeCheckedFile(
  path: string,
  header: object,
  body: Iterable<Uint8Array>,
): Promise<void> {
  const text = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(MAGIC.length + 4 + text.length);
  MAGIC.copy(head);
  head.writeUInt32LE(text.length, MAGIC.length);
  text.copy(head, MAGIC.length + 4);
  const file = await open(path, "w", 0o600);
  try {
    let crc = crc32(head);
    await writeAll(file, head);
    for (const chunk of body) {
      crc = crc32(chunk, crc);
      await writeAll(file, chunk);
    }
    const foot = Buffer.alloc(4);
    foot.writeUInt32LE(crc);
    await writeAll(file, foot);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await file.write(chunk, done)).bytesWritten;
  }
}

/** A checked file that was found whole, to be read from front to back. */
export class CheckedFile<Header> {
  readonly header: Header;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #end: number;
  #at: number;

  private constructor(
    path: string,
    file: FileHandle,
    place: { header: Header; start: number; end: number },
  ) {
    this.#path = path;
    this.#file = file;
    this.header = place.header;
    this.#at = place.start;
    this.#end = place.end;
  }

  /**
   * Opens the file after reading all of it once. Throws `DATA_LOSS` if it is missing, damaged or
   * has another header, `FAILED_PRECONDITION` if a newer jflow wrote it.
   */
  static async open<Header>(path: string, schema: ZodType<Header>): Promise<CheckedFile<Header>> {
    const file = await openExisting(path);
    try {
      const { size } = await file.stat();
      const end = size - 4;
      const foot = await readAt(file, end, 4);
      if ((await checksum(file, end)) !== foot?.readUInt32LE())
        throw damaged(path, "its checksum is wrong");
      const head = await readAt(file, 0, MAGIC.length + 4);
      if (!head?.subarray(0, MAGIC.length).equals(MAGIC))
        throw damaged(path, "it is not a file of jflow");
      const start = head.length + head.readUInt32LE(MAGIC.length);
      const text = await readAt(file, head.length, start - head.length);
      const json: unknown = JSON.parse(String(text));
      if (isNewer(json)) throw newerFormat(path);
      const header = schema.safeParse(json);
      if (!header.success)
        throw damaged(path, `its header is not the one expected: ${header.error.message}`);
      return new CheckedFile(path, file, { header: header.data, start, end });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Bytes of the body not read yet. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** The next `length` bytes of the body. Throws `DATA_LOSS` if there are fewer. */
  async read(length: number): Promise<Buffer> {
    const bytes = length <= this.remaining ? await readAt(this.#file, this.#at, length) : undefined;
    if (bytes === undefined) throw damaged(this.#path, "it ends too early");
    this.#at += length;
    return bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Size and CRC-32 of any file. Throws `DATA_LOSS` if it is missing. */
export async function checkFile(path: string): Promise<{ bytes: number; crc32: number }> {
  const file = await openExisting(path);
  try {
    const { size } = await file.stat();
    return { bytes: size, crc32: (await checksum(file, size)) ?? -1 };
  } finally {
    await file.close();
  }
}

/** The error for a file that is not as it was written. */
export function damaged(path: string, why: string): JflowError {
  return new JflowError(
    "DATA_LOSS",
    `${path} is damaged: ${why}. Restore it from another copy or an older snapshot`,
  );
}

/**
 * Returns whether the `kind` of a header (`jflow vectors 1`) has a larger version than this jflow
 * writes.
 */
function isNewer(header: unknown): boolean {
  if (!isJsonObject(header)) return false;
  const version = /^jflow [a-z ]+ (\d+)$/.exec(String(header["kind"]))?.[1];
  return version !== undefined && Number(version) > VERSION;
}

async function openExisting(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new JflowError("DATA_LOSS", `${path} cannot be opened`, { cause });
  }
}

async function checksum(file: FileHandle, end: number): Promise<number | undefined> {
  let crc = 0;
  for (let at = 0; at < end; at += READ_BYTES) {
    const chunk = await readAt(file, at, Math.min(READ_BYTES, end - at));
    if (chunk === undefined) return undefined;
    crc = crc32(chunk, crc);
  }
  return crc;
}

/** Exactly those bytes; undefined if the file has not got them. */
async function readAt(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Buffer | undefined> {
  if (position < 0) return undefined;
  const buffer = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return buffer;
}
