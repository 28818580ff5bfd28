import { randomBytes } from "node:crypto";

/** Begins a text that stands for a number written as a float; nobody outside this process can know it. */
const MARK = randomBytes(9).toString("base64");
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const BACKSLASH = 92;

/** A number as JSON wrote it. */
export interface WrittenNumber {
  readonly value: number;
  /** It was written with a point or an exponent: `1.0`, which other languages keep apart from `1`. */
  readonly isFloat: boolean;
  readonly text: string;
}

/**
 * Parses JSON. A whole number written as a float comes as a text that `writtenNumber` knows: JavaScript has one type of number, the peer may have
 * two. `parsed` is what `JSON.parse` made of the text: only valid JSON can be marked. Throws `SyntaxError` where the text is none.
 */
export function parseJsonWithFloats(text: string, parsed: unknown = JSON.parse(text)): unknown {
  const marked = markWholeFloats(text);
  return marked === text ? parsed : JSON.parse(marked);
}

/** The number that a value of `parseJsonWithFloats` is; undefined where it is none. */
export function writtenNumber(value: unknown): WrittenNumber | undefined {
  if (typeof value === "number") return { value, isFloat: !Number.isInteger(value), text: String(value) };
  if (typeof value !== "string" || !value.startsWith(MARK)) return undefined;
  const text = value.slice(MARK.length);
  return { value: Number(text), isFloat: true, text };
}

/** Of valid JSON: piece by piece between its strings, in one pass. */
function markWholeFloats(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('"', at);
    pieces.push(markPiece(text.slice(at, open === -1 ? text.length : open)));
    if (open === -1) break;
    at = endOfString(text, open);
    pieces.push(text.slice(open, at));
  }
  return pieces.join("");
}

function markPiece(piece: string): string {
  return piece.replace(NUMBER, (token) => {
    const isWholeFloat = /[.eE]/.test(token) && Number.isInteger(Number(token));
    return isWholeFloat ? `"${MARK}${token}"` : token;
  });
}

/** The place behind the string that opens at `open`. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); ; close = text.indexOf('"', close + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return close + 1;
  }
}
