import { isUtf8 } from "node:buffer";

/** One line of a text, without its end, or what keeps it from being one and how it begins. */
export type Line = { readonly number: number } & (
  | { readonly text: string }
  | { readonly problem: string; readonly start: string }
);

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Of a line that is none, this much is shown. */
const START_BYTES = 200;

/** Splits bytes into lines, holding one line in memory at a time, and of one longer than `maxBytes` only the beginning. Ends are `\n` or `\r\n`. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  const line = new LineBuffer(maxBytes);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      line.add(chunk.subarray(start, end));
      yield line.take();
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (!line.isEmpty) yield line.take();
}

class LineBuffer {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #held = 0;
  #number = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#held + part.length > this.#maxBytes && this.#held >= START_BYTES) return;
    this.#parts.push(part);
    this.#held += part.length;
  }

  take(): Line {
    this.#number += 1;
    const bytes = Buffer.concat(this.#parts);
    const problem = this.#findProblem(bytes);
    const read =
      problem === undefined
        ? { text: withoutReturn(bytes).toString("utf8") }
        : { problem, start: bytes.subarray(0, START_BYTES).toString("utf8") };
    const line: Line = { number: this.#number, ...read };
    this.#parts = [];
    this.#bytes = 0;
    this.#held = 0;
    return line;
  }

  #findProblem(bytes: Buffer): string | undefined {
    if (this.#bytes > this.#maxBytes) return `longer than ${this.#maxBytes} bytes`;
    return isUtf8(bytes) ? undefined : "no UTF-8";
  }
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
}
