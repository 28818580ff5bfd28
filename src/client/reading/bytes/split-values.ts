import { PieceBuffer, type Piece } from "./piece-buffer.ts";

const [NEWLINE, QUOTE, BACKSLASH] = [0x0a, 0x22, 0x5c];
const OPENING: ReadonlySet<number> = new Set(Buffer.from("[{"));
const CLOSING: ReadonlySet<number> = new Set(Buffer.from("]}"));

/**
 * Splits JSON objects on any number of lines, one after another, into their texts. Holds one object
 * in memory at a time, and only the beginning of an object longer than `maxBytes`.
 */
export async function* splitValues(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Piece> {
  const value = new PieceBuffer(maxBytes);
  const scanner = new ValueScanner();
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      if (!scanner.endsAt(chunk[at]!)) continue;
      value.add(chunk.subarray(start, at + 1));
      yield value.take(scanner.firstLine);
      start = at + 1;
    }
    value.add(chunk.subarray(start));
  }
  if (!value.isEmpty) yield value.take(scanner.firstLine);
}

class ValueScanner {
  /** The line on which the current object starts, from 1. */
  firstLine = 1;
  #line = 1;
  #depth = 0;
  #within: "json" | "string" | "escape" = "json";

  /** Whether an object ends with this byte. */
  endsAt(byte: number): boolean {
    if (byte === NEWLINE) this.#line += 1;
    if (this.#within !== "json") this.#stepInString(byte);
    else if (byte === QUOTE) this.#within = "string";
    else if (OPENING.has(byte)) this.#open();
    else if (CLOSING.has(byte)) {
      this.#depth = Math.max(0, this.#depth - 1);
      return this.#depth === 0;
    }
    return false;
  }

  #open(): void {
    if (this.#depth === 0) this.firstLine = this.#line;
    this.#depth += 1;
  }

  #stepInString(byte: number): void {
    if (this.#within === "escape") this.#within = "string";
    else if (byte === BACKSLASH) this.#within = "escape";
    else if (byte === QUOTE) this.#within = "json";
  }
}
