import { appendFile, rename, rm, stat } from "node:fs/promises";
import { formatLineNumber, formatOutputLine, type OutputLine } from "../../model/output-line.ts";
import { hasCode } from "../../util/error-code.ts";
import {
  MAX_OUTPUT_FILE_BYTES,
  MAX_UNWRITTEN_OUTPUT_BYTES,
  OLDER_OUTPUT_FILES,
} from "../../util/limits/processes.ts";

const TAIL_LINES = 20;

/**
 * The lines of one process of the flow: in a file (mode 0600, rotated by size), and the last few
 * also in memory.
 */
export class OutputFile {
  readonly #path: string;
  readonly #onFailure: (error: unknown) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #size: number | undefined;
  /** The lines of this run in the file and in those before it. */
  #lines = 0;
  #isFailing = false;
  #writing: Promise<void> | undefined;
  #recent: string[] = [];

  /**
   * `onFailure` is called when lines cannot be written (a full disk), and again only after a
   * success: the output of a flow must not stop the flow.
   */
  constructor(path: string, onFailure: (error: unknown) => void) {
    this.#path = path;
    this.#onFailure = onFailure;
  }

  /** Does not wait, because the pipe with the lines must always be drained. */
  add(line: OutputLine): void {
    if (line.stream !== "event") this.#recent.push(line.text);
    if (this.#recent.length > 2 * TAIL_LINES) this.#recent = this.#recent.slice(-TAIL_LINES);
    const text = `${formatOutputLine(line)}\n`;
    if (this.#waitingBytes > MAX_UNWRITTEN_OUTPUT_BYTES) this.#dropped += 1;
    else {
      this.#waiting.push(text);
      this.#waitingBytes += text.length;
    }
    this.#writing ??= this.#writeAll();
  }

  /** The last lines that the process wrote, oldest first. */
  tail(): readonly string[] {
    return this.#recent.slice(-TAIL_LINES);
  }

  /** Clears the tail. Called when a new process begins. */
  startTail(): void {
    this.#recent = [];
  }

  /** Resolves when all added lines are in the file. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        await this.#writeBatch();
      } catch (error) {
        if (!this.#isFailing) this.#onFailure(error);
        this.#isFailing = true;
      }
    }
    this.#writing = undefined;
  }

  async #writeBatch(): Promise<void> {
    const text = this.#waiting.join("") + this.#droppedNotice();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#dropped = 0;
    const number = await this.#nextNumber();
    await appendFile(this.#path, number + text, { mode: 0o600 });
    this.#size = (this.#size ?? 0) + Buffer.byteLength(number + text);
    this.#lines += countLines(text);
    this.#isFailing = false;
  }

  /** Rotates a full file. Returns the line that numbers the next lines, where one is due. */
  async #nextNumber(): Promise<string> {
    const isFirst = this.#size === undefined;
    this.#size ??= await sizeOf(this.#path);
    const isFull = this.#size > MAX_OUTPUT_FILE_BYTES;
    if (isFull) {
      await rotate(this.#path);
      this.#size = 0;
    }
    const isDue = isFull || (isFirst && this.#size > 0);
    return isDue ? `${formatLineNumber(new Date(), this.#lines)}\n` : "";
  }

  #droppedNotice(): string {
    if (this.#dropped === 0) return "";
    const text = `${this.#dropped} lines dropped: the disk was too slow`;
    return `${formatOutputLine({ at: new Date(), stream: "event", text })}\n`;
  }
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return 0;
    throw error;
  }
}

async function rotate(path: string): Promise<void> {
  await rm(`${path}.${OLDER_OUTPUT_FILES}`, { force: true });
  for (let age = OLDER_OUTPUT_FILES - 1; age >= 0; age -= 1) {
    const from = age === 0 ? path : `${path}.${age}`;
    await rename(from, `${path}.${age + 1}`).catch((error: unknown) => {
      if (!hasCode(error, "ENOENT")) throw error;
    });
  }
}
