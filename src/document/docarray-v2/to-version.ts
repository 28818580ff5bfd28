import { documentVersionOf, type DocumentVersion } from "../document-version.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { MAX_NODE_LEVELS } from "./node.ts";
import { toVersionOne } from "./to-version-one.ts";
import { toVersionTwo } from "./to-version-two.ts";
import { nodeToJson } from "./write-document.ts";

/**
 * A document in the form of `version`: itself where it has it. Fields that docarray 1 has no word
 * for become tags, whatever they hold. Throws `INVALID_ARGUMENT` for malformed bytes or more than a
 * hundred levels.
 */
export function toVersion(bytes: Uint8Array, version: DocumentVersion): Uint8Array {
  return translateRangeErrors("a document", () => translate(bytes, version, 0));
}

/**
 * Documents of an answer in one form, since no client reads two: the newer one among them. For
 * requests without documents, which do not tell what their client reads. Throws as `toVersion`
 * does.
 */
export function toOneVersion(documents: readonly Uint8Array[]): readonly Uint8Array[] {
  const versions = translateRangeErrors("a document", () => documents.map(documentVersionOf));
  const isMixed = versions.includes(1) && versions.includes(2);
  return isMixed ? documents.map((bytes) => toVersion(bytes, 2)) : documents;
}

function translate(bytes: Uint8Array, version: DocumentVersion, level: number): Uint8Array {
  if (documentVersionOf(bytes) === version) return bytes;
  if (level > MAX_NODE_LEVELS) throw new RangeError(`more than ${MAX_NODE_LEVELS} levels`);
  const nested = (each: Uint8Array): Uint8Array => translate(each, version, level + 1);
  return version === 1
    ? toVersionOne(bytes, { nested, ownField: nodeToJson })
    : toVersionTwo(bytes, nested);
}
