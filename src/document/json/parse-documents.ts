import { randomBytes } from "node:crypto";
import { isJsonObject } from "../../util/json-object.ts";

/** The prefix of a text that represents a number. It is random, so that no input can hold it. */
const MARK = randomBytes(9).toString("base64");

/** A number under a key whose field is text. A quote before the key is not part of a text. */
const NUMBER_AS_TEXT =
  /((?<!\\)"(?:id|parent_id|parentId|text|uri|modality|mime_type|mimeType)"\s*:\s*)(-?\d[\d.eE+-]*)/g;

/**
 * Parses JSON of documents for `documentFromJson`. A number in a text field keeps the characters it
 * is written with: JavaScript rounds whole numbers above 2^53, so that two ids become one. `parsed`
 * is the result of `JSON.parse(text)`. Throws `SyntaxError` if the text is not valid JSON.
 */
export function parseDocuments(text: string, parsed: unknown = JSON.parse(text)): unknown {
  const marked = text.replace(NUMBER_AS_TEXT, (whole, key: string, number: string) =>
    String(Number(number)) === number ? whole : `${key}"${MARK}${number}"`,
  );
  return marked === text ? parsed : JSON.parse(marked);
}

/** Returns a text, or the characters of a number; undefined for any other value. */
export function textFromJson(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return undefined;
  return value.startsWith(MARK) ? value.slice(MARK.length) : value;
}

/** Returns a value of `parseDocuments` with the numbers of `JSON.parse`. */
export function plainFromJson(value: unknown): unknown {
  if (typeof value === "string")
    return value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value;
  if (Array.isArray(value)) return value.map(plainFromJson);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainFromJson(item)]));
}
