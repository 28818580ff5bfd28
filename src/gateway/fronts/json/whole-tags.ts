import { randomUUID } from "node:crypto";

/** Begins a text that stands for a number until the JSON is written. No client can guess it. */
const MARK = randomUUID();
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, "g");

/**
 * Marks the whole numbers in the tags of a document, its chunks and its matches, so that
 * `writeJson` writes them with a decimal point, as Jina does. Jina's HTTP client reads a tag of `1`
 * or `0` as true or false, and `1.0` as a number. Changes `json` in place.
 */
export function markWholeTags(json: Record<string, unknown>): Record<string, unknown> {
  const tags = json["tags"] as Record<string, unknown> | null;
  if (tags !== null) {
    json["tags"] = Object.fromEntries(
      Object.entries(tags).map(([key, value]) => [key, markWhole(value)]),
    );
  }
  for (const nested of [json["chunks"], json["matches"]]) {
    if (Array.isArray(nested)) nested.forEach(markWholeTags);
  }
  return json;
}

function markWhole(value: unknown): unknown {
  return Number.isSafeInteger(value) ? `${MARK}${String(value)}` : value;
}

/** Writes an answer whose whole tags may be marked as JSON. */
export function writeJson(json: unknown): string {
  return JSON.stringify(json).replace(MARKED, "$1.0");
}
