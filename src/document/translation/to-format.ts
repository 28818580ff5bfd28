import { documentFormatOf, type DocumentFormat } from "../v2/document-format.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { v2ToV1 } from "./v2-to-v1.ts";
import { v1ToV2 } from "./v1-to-v2.ts";
import { nodeToJson } from "../v2/v2-to-json.ts";
import { MAX_NODE_LEVELS } from "../../util/limits/documents.ts";

/**
 * Returns a document in `format`; the document itself if it has that format. Fields that docarray
 * v1 does not have become tags. Throws `INVALID_ARGUMENT` for malformed bytes or more than 100
 * levels.
 */
export function toFormat(bytes: Uint8Array, format: DocumentFormat): Uint8Array {
  return translateRangeErrors("a document", () => translate(bytes, format, 0));
}

/**
 * Returns the documents of an answer in one format: docarray v2 if both formats occur, since a
 * client reads only one. This serves requests without documents, whose client's format is unknown.
 * Throws as `toFormat` does.
 */
export function toOneFormat(documents: readonly Uint8Array[]): readonly Uint8Array[] {
  const formats = translateRangeErrors("a document", () => documents.map(documentFormatOf));
  const isMixed = formats.includes("v1") && formats.includes("v2");
  return isMixed ? documents.map((bytes) => toFormat(bytes, "v2")) : documents;
}

function translate(bytes: Uint8Array, format: DocumentFormat, level: number): Uint8Array {
  if (documentFormatOf(bytes) === format) return bytes;
  if (level > MAX_NODE_LEVELS) throw new RangeError(`more than ${MAX_NODE_LEVELS} levels`);
  const nested = (each: Uint8Array): Uint8Array => translate(each, format, level + 1);
  return format === "v1" ? v2ToV1(bytes, { nested, ownField: nodeToJson }) : v1ToV2(bytes, nested);
}
