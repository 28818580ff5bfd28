import { randomBytes } from "node:crypto";

/**
 * Begins a text that stands for a number written as a float; nobody outside this process can know
 * it.
 */
const MARK = randomBytes(9).toString("base64");
const [QUOTE, BACKSLASH, MINUS, PLUS, POINT, ZERO, NINE, SMALL_E, LARGE_E] = [
  34, 92, 45, 43, 46, 48, 57, 101, 69,
];

/** Digits that a double always keeps. */
const EXACT_DIGITS = 15;

/** A number as JSON wrote it. */
export interface WrittenNumber {
  readonly value: number;
  /**
   * It was written with a point or an exponent: `1.0`, which other languages keep apart from `1`.
   */
  readonly isFloat: boolean;
  readonly text: string;
}

/**
 * Parses JSON. A whole number written as a float comes as a text that `writtenNumber` knows:
 * JavaScript has one type of number, the peer may have two. `parsed` is what `JSON.parse` made of
 * the text: only valid JSON can be marked. Throws `SyntaxError` where the text is none.
 */
export function parseJsonWithFloats(text: string, parsed: unknown = JSON.parse(text)): unknown {
  const marked = markWholeFloats(text);
  return marked === text ? parsed : JSON.parse(marked);
}

/** The number that a value of `parseJsonWithFloats` is; undefined where it is none. */
export function writtenNumber(value: unknown): WrittenNumber | undefined {
  if (typeof value === "number")
    return { value, isFloat: !Number.isInteger(value), text: String(value) };
  if (typeof value !== "string" || !value.startsWith(MARK)) return undefined;
  const text = value.slice(MARK.length);
  return { value: Number(text), isFloat: true, text };
}

/** Of valid JSON. By character codes: a tensor is a million numbers. */
function markWholeFloats(text: string): string {
  const pieces: string[] = [];
  let taken = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code !== MINUS && !isDigit(code)) at += 1;
    else {
      const end = endOfNumber(text, at);
      if (isWholeFloat(text, at, end)) {
        pieces.push(text.slice(taken, at), '"', MARK, text.slice(at, end), '"');
        taken = end;
      }
      at = end;
    }
  }
  return taken === 0 ? text : pieces.join("") + text.slice(taken);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isExponent(code: number): boolean {
  return code === SMALL_E || code === LARGE_E;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (!isDigit(code) && code !== POINT && code !== PLUS && code !== MINUS && !isExponent(code))
      break;
  }
  return end;
}

/**
 * Whether JavaScript would take the float for a whole number: it has zeros alone behind its point,
 * or more digits than a double.
 */
function isWholeFloat(text: string, start: number, end: number): boolean {
  let point = 0;
  let last = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (isExponent(code)) return Number.isInteger(Number(text.slice(start, end)));
    if (code === POINT) point = at;
    else if (code !== ZERO) last = at;
  }
  if (point === 0 || last < point) return point > 0;
  const digits = { whole: point - start, all: end - start };
  return (
    mayRound(digits, text.charCodeAt(point + 1)) && Number.isInteger(Number(text.slice(start, end)))
  );
}

/**
 * A fraction is lost where so many digits stand before it, or where it is next to nothing or to
 * one.
 */
function mayRound(digits: { readonly whole: number; readonly all: number }, next: number): boolean {
  return (
    digits.whole > EXACT_DIGITS || (digits.all > EXACT_DIGITS && (next === ZERO || next === NINE))
  );
}

/** The place behind the string that opens at `open`. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); ; close = text.indexOf('"', close + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return close + 1;
  }
}
