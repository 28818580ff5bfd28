import { isUtf8 } from "node:buffer";
import { NOT_UTF8 } from "./to-utf8.ts";

/** A line or a list entry of a text; or a problem with it, and its first bytes. */
export type Piece = {
  /** The number of its first line, from 1. */
  readonly number: number;
} & ({ readonly text: string } | { readonly problem: string; readonly start: string });

const RETURN = 0x0d;

/** The number of bytes shown of a piece that cannot be read. */
const START_BYTES = 200;

/** Collects one piece. Keeps only the beginning of a piece longer than `maxBytes`. */
export class PieceBuffer {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #held = 0;

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

  /** Returns the collected piece and starts the next one. */
  take(number: number): Piece {
    const bytes = Buffer.concat(this.#parts);
    const problem = this.#findProblem(bytes);
    this.#parts = [];
    this.#bytes = 0;
    this.#held = 0;
    return problem === undefined
      ? { number, text: withoutReturn(bytes).toString("utf8") }
      : { number, problem, start: bytes.subarray(0, START_BYTES).toString("utf8") };
  }

  #findProblem(bytes: Buffer): string | undefined {
    if (this.#bytes > this.#maxBytes) return `longer than ${this.#maxBytes} bytes`;
    return isUtf8(bytes) ? undefined : NOT_UTF8;
  }
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
}
