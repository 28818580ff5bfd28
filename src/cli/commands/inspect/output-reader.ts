import { createReadStream } from "node:fs";
import { open, readdir, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

/** One reading takes at most so much of a file: the rest comes with the next. */
const READ_BYTES = 4 * 1024 * 1024;

/**
 * Reads the output of one replica from its oldest rotated file on, each line once, also across
 * rotations.
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

  /** The lines that came since the last call. */
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
      const text = await this.#readOn(this.#file);
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

  async #readOn(file: { handle: FileHandle; offset: number }): Promise<string> {
    const buffer = Buffer.alloc(
      Math.min(READ_BYTES, Math.max(0, (await file.handle.stat()).size - file.offset)),
    );
    const { bytesRead } = await file.handle.read(buffer, 0, buffer.length, file.offset);
    file.offset += bytesRead;
    return this.#decoder.write(buffer.subarray(0, bytesRead));
  }

  /** What follows the last line break waits for the rest of its line. */
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

  /** `x.log.2`, `x.log.1`: the oldest first. */
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
