import { createReadStream } from "node:fs";
import { open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

/** The maximum number of bytes of one read. */
const MAX_READ_BYTES = 4 * 1024 * 1024;

/**
 * Reads the output of one replica, starting with the oldest rotated file. Returns each line once,
 * also if the file is rotated meanwhile.
 */
export class OutputReader implements AsyncDisposable {
  readonly address: string;
  readonly #folder: string;
  readonly #base: string;
  #file: { handle: FileHandle; inode: number; offset: number } | undefined;
  #decoder = new StringDecoder("utf8");
  #rest = "";
  #started = false;

  constructor(folder: string, address: string) {
    this.address = address;
    this.#folder = folder;
    this.#base = `${address.replaceAll("/", "-")}.log`;
  }

  /** Returns the lines written since the last call. */
  async readNew(): Promise<readonly string[]> {
    const lines: string[] = [];
    if (!this.#started) {
      this.#started = true;
      for (const name of await this.#rotated())
        lines.push(...(await readWhole(join(this.#folder, name))));
    }
    for (;;) {
      this.#file ??= await openFile(join(this.#folder, this.#base));
      if (this.#file === undefined) return lines;
      const text = await this.#readFrom(this.#file);
      lines.push(...this.#split(text));
      if (text !== "" || !(await this.#wasRotated(this.#file))) {
        if (text === "") return lines;
        continue;
      }
      await this.#file.handle.close();
      this.#file = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  async #readFrom(file: { handle: FileHandle; offset: number }): Promise<string> {
    const buffer = Buffer.alloc(
      Math.min(MAX_READ_BYTES, Math.max(0, (await file.handle.stat()).size - file.offset)),
    );
    const { bytesRead } = await file.handle.read(buffer, 0, buffer.length, file.offset);
    file.offset += bytesRead;
    return this.#decoder.write(buffer.subarray(0, bytesRead));
  }

  /** Keeps the text after the last line break until the rest of its line is read. */
  #split(text: string): readonly string[] {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  async #wasRotated(file: { inode: number }): Promise<boolean> {
    const now = await openFile(join(this.#folder, this.#base));
    await now?.handle.close();
    return now !== undefined && now.inode !== file.inode;
  }

  /** Returns the names of the rotated files, the oldest first: `x.log.2`, `x.log.1`. */
  async #rotated(): Promise<readonly string[]> {
    const names = await readdir(this.#folder);
    return names
      .filter((name) => name.startsWith(`${this.#base}.`))
      .toSorted()
      .toReversed();
  }
}

async function openFile(
  path: string,
): Promise<{ handle: FileHandle; inode: number; offset: number } | undefined> {
  try {
    const handle = await open(path, "r");
    return { handle, inode: (await handle.stat()).ino, offset: 0 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function readWhole(path: string): Promise<readonly string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}
