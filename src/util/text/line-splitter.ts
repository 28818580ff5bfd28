import { StringDecoder } from "node:string_decoder";
import { cleanText } from "./terminal-text.ts";

/** The time between two states of a progress bar. */
const PROGRESS_MS = 1_000;
const GOES_ON = " [continues]";
const WENT_ON = "[continued] ";

/** A line that is whole, or the state of a line that its program writes again after `\r`. */
interface Piece {
  readonly text: string;
  readonly isProgress: boolean;
}

/**
 * Cuts a stream of bytes into lines, without their ends. A line longer than `maxChars` is cut into
 * several, which are marked, so that memory stays bounded whatever a process writes.
 */
export class LineSplitter {
  readonly #maxChars: number;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #isContinued = false;

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Returns the lines and the states that this chunk completes. */
  push(chunk: Uint8Array): readonly Piece[] {
    return this.#take(
      this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    );
  }

  /** Returns what is left when the stream ends. */
  end(): readonly Piece[] {
    const pieces = this.#take(this.#decoder.end());
    const last = this.rest;
    this.#rest = "";
    return last === "" ? pieces : [...pieces, { text: this.#mark(last, ""), isProgress: false }];
  }

  /** The text that has no end yet. */
  get rest(): string {
    return this.#rest.endsWith("\r") ? this.#rest.slice(0, -1) : this.#rest;
  }

  #take(text: string): readonly Piece[] {
    // A `\r` at the end may be half of a line's end.
    const parts = (this.#rest + text).split(/(\r?\n|\r(?=[^\n]))/);
    this.#rest = parts.pop()!;
    const pieces: Piece[] = [];
    for (let index = 0; index < parts.length; index += 2) {
      const isProgress = parts[index + 1] === "\r";
      pieces.push(...this.#cut(parts[index]!, { isProgress, isWhole: true }));
    }
    if (this.#rest.length <= this.#maxChars) return pieces;
    const isWhole = false;
    const tooLong = this.#cut(this.#rest, { isProgress: false, isWhole });
    return [...pieces, ...tooLong];
  }

  /** Without the end of the line, what may still grow stays in `#rest`. */
  #cut(line: string, { isProgress, isWhole }: { isProgress: boolean; isWhole: boolean }): Piece[] {
    const pieces: Piece[] = [];
    let left = line;
    for (; left.length > this.#maxChars; left = left.slice(this.#maxChars)) {
      pieces.push({ text: this.#mark(left.slice(0, this.#maxChars), GOES_ON), isProgress });
      this.#isContinued = true;
    }
    if (!isWhole) this.#rest = left;
    else {
      pieces.push({ text: this.#mark(left, ""), isProgress });
      this.#isContinued = false;
    }
    return pieces;
  }

  #mark(text: string, end: string): string {
    return `${this.#isContinued ? WENT_ON : ""}${text}${end}`;
  }
}

/**
 * Calls `onLine` with every line of a stream, cut as `LineSplitter` does and without control codes
 * apart from colours. Of a line that is written again and again after `\r`, `onLine` gets the
 * latest state about once a second. Resolves when the stream ends or fails.
 */
export async function readLines(
  stream: NodeJS.ReadableStream,
  maxChars: number,
  onLine: (line: string) => void,
): Promise<void> {
  const splitter = new LineSplitter(maxChars);
  const progress = new Progress(onLine);
  const take = (pieces: readonly Piece[]): void => {
    for (const { text, isProgress } of pieces) {
      if (isProgress) progress.update(text);
      else progress.end(text);
    }
  };
  stream.on("data", (chunk: Uint8Array) => {
    take(splitter.push(chunk));
    progress.follow(splitter.rest);
  });
  await new Promise<void>((resolve) => {
    stream.once("end", resolve).once("close", resolve);
    stream.once("error", () => resolve());
  });
  take(splitter.end());
  progress.close();
}

/** Passes on lines, and the latest state of a line that changes. */
class Progress {
  readonly #onLine: (line: string) => void;
  /** Whether the current line has several states. */
  #isOn = false;
  #state = "";
  #shown: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  update(state: string): void {
    this.#isOn = true;
    if (state !== "") this.follow(state);
  }

  /** The line has no end yet. */
  follow(state: string): void {
    if (!this.#isOn || state === "") return;
    this.#state = state;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#show(this.#state);
    }, PROGRESS_MS);
  }

  end(line: string): void {
    this.close();
    this.#show(this.#isOn && line === "" ? this.#state : line);
    this.#isOn = false;
    this.#shown = undefined;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #show(state: string): void {
    if (this.#isOn && state === this.#shown) return;
    this.#shown = state;
    this.#onLine(cleanText(state));
  }
}
