import { randomBytes } from "node:crypto";
import { JflowError } from "../../util/errors.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { MAX_TAGS_LEVELS } from "../../util/limits/documents.ts";

/** The prefix of a text that represents a number. It is random, so that no input can hold it. */
const MARK = randomBytes(9).toString("base64");

/** A number under a key whose field is text. A quote before the key is not part of a text. */
const NUMBER_AS_TEXT =
  /((?<!\\)"(?:id|parent_id|parentId|text|uri|modality|mime_type|mimeType)"\s*:\s*)(-?\d[\d.eE+-]*)/g;

/**
 * Parses JSON of documents for `documentFromJson`. A number in a text field keeps the characters it
 * is written with: JavaScript rounds whole numbers above 2^53, so that two ids become one. `parsed`
 * is the result of `JSON.parse(text)`. Without it, `NaN` and `Infinity` count as numbers, because
 * Python writes them. Throws `SyntaxError` if the text is not valid JSON.
 */
export function parseDocuments(text: string, parsed?: unknown): unknown {
  const valid = parsed === undefined ? quoteConstants(text) : text;
  const value: unknown = parsed ?? JSON.parse(valid);
  const marked = valid.replace(NUMBER_AS_TEXT, (whole, key: string, number: string) =>
    String(Number(number)) === number ? whole : `${key}"${MARK}${number}"`,
  );
  return marked === valid ? value : JSON.parse(marked);
}

/** A string, or a number that only Python's JSON has. */
const CONSTANT = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/gs;

/** Returns the text with marked strings in place of `NaN` and `Infinity`. */
function quoteConstants(text: string): string {
  if (!/[[:,\s]-?(?:NaN|Infinity)\b/.test(text)) return text;
  return text.replaceAll(CONSTANT, (found) =>
    found.startsWith('"') ? found : `"${MARK}${found}"`,
  );
}

const MARKED = new RegExp(`"${MARK.replaceAll(/[+/]/g, String.raw`\$&`)}([^"]*)"`, "g");

/** Returns a value of `parseDocuments` as JSON that it parses to the same value. */
export function stringifyDocuments(value: unknown): string {
  return JSON.stringify(value).replaceAll(MARKED, "$1");
}

/** Returns a text, or the characters of a number; undefined for any other value. */
export function textFromJson(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? unmark(value) : undefined;
}

/** Returns the characters of a marked number, and any other text as it is. */
export function unmark(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}

/**
 * Returns a value of `parseDocuments` with the numbers of `JSON.parse`. Throws `INVALID_ARGUMENT`
 * for a value that no tag can hold.
 */
export function plainFromJson(value: unknown, level = 0): unknown {
  if (level > MAX_TAGS_LEVELS + 1)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `a value is nested more than ${MAX_TAGS_LEVELS} levels deep`,
    );
  if (typeof value === "string")
    return value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value;
  if (Array.isArray(value)) return value.map((item) => plainFromJson(item, level + 1));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, plainFromJson(item, level + 1)]),
  );
}
