import { randomBytes } from "node:crypto";

/** The prefix of a text that represents a number. It is random, so that a client cannot send it. */
const MARK = randomBytes(9).toString("base64");
const [QUOTE, BACKSLASH, MINUS, PLUS, POINT, ZERO, NINE, SMALL_E, LARGE_E] = [
  34, 92, 45, 43, 46, 48, 57, 101, 69,
];

/** The number of decimal digits that a double always keeps. */
const EXACT_DIGITS = 15;

/** A number as it was written in JSON. */
export interface WrittenNumber {
  readonly value: number;
  /** It was written with a point or an exponent. Python distinguishes `1.0` from `1`. */
  readonly isFloat: boolean;
  readonly text: string;
}

/**
 * Parses JSON and keeps floats apart from integers. A whole number written as a float, or above
 * 2^53, becomes a text that `writtenNumber` reads: JavaScript has one number type, Python has two.
 * `parsed` is the result of `JSON.parse(text)`. Throws `SyntaxError` if the text is not valid JSON.
 */
export function parseJsonWithFloats(text: string, parsed: unknown = JSON.parse(text)): unknown {
  const marked = markNumbers(text);
  return marked === text ? parsed : JSON.parse(marked);
}

/** Returns the number in a value of `parseJsonWithFloats`; undefined for any other value. */
export function writtenNumber(value: unknown): WrittenNumber | undefined {
  if (typeof value === "number")
    return { value, isFloat: !Number.isInteger(value), text: String(value) };
  if (typeof value !== "string" || !value.startsWith(MARK)) return undefined;
  const text = value.slice(MARK.length);
  return { value: Number(text), isFloat: /[.eE]/.test(text), text };
}

/** Expects valid JSON. Compares character codes, because a tensor may hold a million numbers. */
function markNumbers(text: string): string {
  const pieces: string[] = [];
  let taken = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code !== MINUS && !isDigit(code)) at += 1;
    else {
      const end = endOfNumber(text, at);
      if (changesInJavaScript(text, at, end)) {
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
 * Returns whether JavaScript loses how the number is written: it reads a float as a whole number,
 * or rounds a whole number.
 */
function changesInJavaScript(text: string, start: number, end: number): boolean {
  let point = 0;
  let last = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (isExponent(code)) return Number.isInteger(Number(text.slice(start, end)));
    if (code === POINT) point = at;
    else if (code !== ZERO) last = at;
  }
  if (point === 0) return isUnsafe(text, start, end);
  if (last < point) return true;
  const digits = { whole: point - start, all: end - start };
  return (
    mayRound(digits, text.charCodeAt(point + 1)) && Number.isInteger(Number(text.slice(start, end)))
  );
}

function isUnsafe(text: string, start: number, end: number): boolean {
  return end - start > EXACT_DIGITS && !Number.isSafeInteger(Number(text.slice(start, end)));
}

/**
 * Returns whether a double may lose the fraction: too many digits precede it, or it is very close
 * to 0 or 1.
 */
function mayRound(digits: { readonly whole: number; readonly all: number }, next: number): boolean {
  return (
    digits.whole > EXACT_DIGITS || (digits.all > EXACT_DIGITS && (next === ZERO || next === NINE))
  );
}

/** Returns the position after the string that opens at `open`. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); ; close = text.indexOf('"', close + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return close + 1;
  }
}
