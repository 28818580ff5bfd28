import { PieceBuffer, type Piece } from "./piece-buffer.ts";

const [NEWLINE, QUOTE, BACKSLASH, COMMA] = [0x0a, 0x22, 0x5c, 0x2c];
const OPENING: ReadonlySet<number> = new Set(Buffer.from("[{"));
const CLOSING: ReadonlySet<number> = new Set(Buffer.from("]}"));
const BLANK: ReadonlySet<number> = new Set(Buffer.from(" \t\r\n"));

/**
 * Returns whether the text starts with a JSON array. Returns undefined if it is white space only.
 */
export function startsList(text: Uint8Array): boolean | undefined {
  const first = text.find((byte) => !BLANK.has(byte));
  return first === undefined ? undefined : first === "[".charCodeAt(0);
}

/**
 * Splits JSON arrays, one after another, into the texts of their entries. Holds one entry in memory
 * at a time, and only the beginning of an entry longer than `maxBytes`. Looks only at quotes,
 * brackets and commas, so an entry may not be valid JSON. Yields a problem at the end if the array
 * is cut off or text follows it.
 */
export async function* splitList(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Piece> {
  const scanner = new ListScanner(maxBytes);
  for await (const chunk of chunks) yield* scanner.scan(chunk);
  yield* scanner.end();
}

class ListScanner {
  readonly #entry: PieceBuffer;
  #line = 1;
  /** The first line of the entry; undefined before its first character. */
  #entryLine: number | undefined;
  /** The number of open brackets, including that of the array. */
  #depth = 0;
  #isOver = false;
  #within: "json" | "string" | "escape" = "json";

  constructor(maxBytes: number) {
    this.#entry = new PieceBuffer(maxBytes);
  }

  *scan(chunk: Uint8Array): Generator<Piece> {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (byte === NEWLINE) this.#line += 1;
      if (!this.#isBorder(byte)) {
        if (this.#entryLine === undefined && !BLANK.has(byte)) this.#entryLine = this.#line;
        continue;
      }
      this.#entry.add(chunk.subarray(start, at));
      yield* this.#take();
      start = at + 1;
    }
    this.#entry.add(chunk.subarray(start));
  }

  *end(): Generator<Piece> {
    const number = this.#entryLine ?? this.#line;
    if (!this.#isOver)
      yield { number, problem: "the array is cut off: its end is missing", start: "" };
    else if (this.#entryLine !== undefined)
      yield { number, problem: "text follows the end of the array", start: "" };
  }

  *#take(): Generator<Piece> {
    const piece = this.#entry.take(this.#entryLine ?? this.#line);
    if (this.#entryLine !== undefined) yield piece;
    this.#entryLine = undefined;
  }

  /**
   * Returns whether an entry starts or ends at this byte: a bracket of the array, or a comma in it.
   */
  #isBorder(byte: number): boolean {
    if (this.#isOver) return this.#startsNext(byte);
    if (this.#within !== "json") {
      this.#stepInString(byte);
      return false;
    }
    if (byte === QUOTE) this.#within = "string";
    if (OPENING.has(byte)) return (this.#depth += 1) === 1;
    if (CLOSING.has(byte)) return (this.#isOver = (this.#depth -= 1) === 0);
    return byte === COMMA && this.#depth === 1;
  }

  /** Returns whether another array starts at this byte, after the end of an array. */
  #startsNext(byte: number): boolean {
    if (byte !== "[".charCodeAt(0) || this.#entryLine !== undefined) return false;
    this.#isOver = false;
    this.#depth = 1;
    return true;
  }

  #stepInString(byte: number): void {
    if (this.#within === "escape") this.#within = "string";
    else if (byte === BACKSLASH) this.#within = "escape";
    else if (byte === QUOTE) this.#within = "json";
  }
}
