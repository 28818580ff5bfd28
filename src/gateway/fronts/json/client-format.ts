import { isJsonObject } from "../../../util/json-object.ts";

/**
 * Fields that every docarray v1 document has in JSON. A class of docarray v2 may have one of these
 * fields by chance, but not all of them.
 */
const V1_FIELDS = ["granularity", "adjacency", "parent_id", "modality"];

/**
 * Returns whether Jina's Python client for docarray v1 wrote the document: only that client sends
 * every field of a document.
 */
export function isFromV1Client(document: unknown): boolean {
  return isJsonObject(document) && V1_FIELDS.every((name) => name in document);
}
