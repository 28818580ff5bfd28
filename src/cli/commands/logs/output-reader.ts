import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { formatOutputLine, parseLineNumber } from "../../../model/output-line.ts";
import { hasCode } from "../../../util/error-code.ts";

/** The maximum number of bytes of one read. */
const MAX_READ_BYTES = 4 * 1024 * 1024;

interface OpenedFile {
  readonly handle: FileHandle;
  readonly inode: number;
  offset: number;
}

/**
 * Reads the output of one replica, starting with the oldest rotated file. Returns each line once,
 * also if the file is rotated meanwhile, and a line about those that were rotated away unread.
 */
export class OutputReader implements AsyncDisposable {
  readonly address: string;
  readonly #folder: string;
  readonly #base: string;
  #file: OpenedFile | undefined;
  #decoder = new StringDecoder("utf8");
  #rest = "";
  /** The lines of this run that were read, or that are before those that were read. */
  #count = 0;
  /** A file was removed before all of it was read. */
  #hasGap = false;

  constructor(folder: string, address: string) {
    this.address = address;
    this.#folder = folder;
    this.#base = `${address.replaceAll("/", "-")}.log`;
  }

  /** Returns the lines written since the last call. */
  async readNew(): Promise<readonly string[]> {
    const lines: string[] = [];
    this.#file ??= await this.#openOldest();
    while (this.#file !== undefined) {
      // Before the reading: a file that has a next one gets no more lines.
      const next = await this.#openNext(this.#file.inode);
      for (;;) {
        const text = await this.#readFrom(this.#file);
        if (text === "") break;
        lines.push(...this.#split(text));
      }
      if (next === undefined) return lines;
      await this.#file.handle.close();
      this.#file = next.file;
      this.#hasGap ||= next.isAfterGap;
    }
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  async #readFrom(file: OpenedFile): Promise<string> {
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
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): readonly string[] {
    const number = parseLineNumber(line);
    if (number === undefined) {
      this.#count += 1;
      return [line];
    }
    const { at, before } = number;
    const lost = before - this.#count;
    this.#count = before;
    if (!this.#hasGap) return [];
    this.#hasGap = false;
    // The files of a later run count anew.
    const what = lost > 0 ? `${lost} lines lost` : "lines lost";
    return [formatOutputLine({ at, stream: "event", text: `${what}: the log was rotated` })];
  }

  async #openOldest(): Promise<OpenedFile | undefined> {
    const [oldest] = await this.#names();
    return oldest === undefined ? undefined : openFile(join(this.#folder, oldest));
  }

  /**
   * Returns the file after the one with this inode, or undefined for the newest. If the file with
   * this inode was removed, the oldest file follows, after a gap.
   */
  async #openNext(inode: number): Promise<{ file: OpenedFile; isAfterGap: boolean } | undefined> {
    const names = await this.#names();
    const inodes = await Promise.all(names.map((name) => inodeOf(join(this.#folder, name))));
    const index = inodes.indexOf(inode);
    const next = names[index + 1];
    const file = next === undefined ? undefined : await openFile(join(this.#folder, next));
    return file === undefined ? undefined : { file, isAfterGap: index === -1 };
  }

  /** Returns the names of the files, the oldest first: `x.log.2`, `x.log.1`, `x.log`. */
  async #names(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      // The folder was removed, and the next start of the flow makes a new one.
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    });
    return names
      .filter((name) => name === this.#base || name.startsWith(`${this.#base}.`))
      .toSorted()
      .toReversed();
  }
}

async function openFile(path: string): Promise<OpenedFile | undefined> {
  try {
    const handle = await open(path, "r");
    return { handle, inode: (await handle.stat()).ino, offset: 0 };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
