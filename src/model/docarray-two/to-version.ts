import type { DocumentVersion } from "../document-version.ts";
import { documentVersionOf } from "../document-version.ts";
import { translateRangeErrors } from "../malformed.ts";
import { MAX_NODE_LEVELS } from "./node.ts";
import { toVersionOne } from "./to-version-one.ts";
import { toVersionTwo } from "./to-version-two.ts";
import { nodeToJson } from "./write-document.ts";

/** A document in the form of `version`: itself where it has it. Fields that docarray 1 has no word for become tags, whatever they hold. Throws `INVALID_ARGUMENT` for malformed bytes or more than a hundred levels. */
export function toVersion(bytes: Uint8Array, version: DocumentVersion): Uint8Array {
  return translateRangeErrors("a document", () => translate(bytes, version, 0));
}

function translate(bytes: Uint8Array, version: DocumentVersion, level: number): Uint8Array {
  if (documentVersionOf(bytes) === version) return bytes;
  if (level > MAX_NODE_LEVELS) throw new RangeError(`more than ${MAX_NODE_LEVELS} levels`);
  const nested = (each: Uint8Array): Uint8Array => translate(each, version, level + 1);
  return version === 1 ? toVersionOne(bytes, { nested, ownField: nodeToJson }) : toVersionTwo(bytes, nested);
}
