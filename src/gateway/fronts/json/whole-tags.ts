import { randomUUID } from "node:crypto";

/**
 * Begins a text that stands for a number until the JSON is written; nobody outside this process can
 * know it.
 */
const MARK = randomUUID();
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, "g");

/**
 * Marks the whole numbers of a document's tags, its chunks' and its matches', so that `writeJson`
 * gives them a decimal point, as Jina does: its HTTP client takes a tag of `1` or `0` for true or
 * false, and `1.0` for a number. Changes `json` in place.
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

/** JSON text of an answer whose whole tags may be marked. */
export function writeJson(json: unknown): string {
  return JSON.stringify(json).replace(MARKED, "$1.0");
}
