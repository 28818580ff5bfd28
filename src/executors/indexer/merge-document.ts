import type { Document, DocumentInit } from "../../index.ts";

const FIELDS = [
  "parentId",
  "granularity",
  "adjacency",
  "text",
  "blob",
  "tensor",
  "weight",
  "uri",
  "modality",
  "mimeType",
  "offset",
  "location",
  "embedding",
  "sparseEmbedding",
  "scores",
  "evaluations",
  "chunks",
  "matches",
] as const satisfies readonly (keyof DocumentInit)[];

/**
 * Sets each field of `stored` that `given` has, and each tag. A field without a value in `given`
 * stays: a document does not tell an empty field from a missing one.
 */
export function mergeInto(stored: Document, given: Document): void {
  const fields = FIELDS.map((field): [string, unknown] => [field, given[field]]);
  Object.assign(stored, Object.fromEntries(fields.filter(([, value]) => !isEmpty(value))));
  const { tags } = given;
  if (Object.keys(tags).length > 0) stored.tags = { ...stored.tags, ...tags };
}

/** Returns whether a field of a document has no value. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "" || value === 0) return true;
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return (value as { length?: number }).length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
