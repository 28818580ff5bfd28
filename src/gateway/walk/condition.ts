import { compileCondition as compile, type Condition } from "../../document/query/condition.ts";
import { writeV2Document } from "../../document/v2/v2-to-json.ts";
import { Document } from "../../document/document.ts";
import { documentToJson } from "../../document/json/json-document.ts";
import { JflowError, toJflowError } from "../../util/errors.ts";
import { documentFormat, readDocumentId } from "../../document/scan/document-values.ts";

type DocumentTest = (document: Uint8Array) => boolean;

const compiled = new WeakMap<Condition, DocumentTest>();

/**
 * Returns the documents of a flow with conditions in the order of the request. Branches that took
 * some documents each come back one after another. Documents that the request did not hold come
 * last.
 */
export function restoreOrder(
  documents: readonly Uint8Array[],
  request: readonly Uint8Array[],
): Uint8Array[] {
  const places = new Map(request.map((document, position) => [readDocumentId(document), position]));
  const placeOf = (document: Uint8Array): number =>
    places.get(readDocumentId(document)) ?? places.size;
  return documents.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/**
 * Compiles a deployment's `when` to a test on the bytes of a document. The gateway decodes
 * documents only here. Throws `INVALID_ARGUMENT` where the condition is not valid.
 */
export function compileCondition(condition: Condition): DocumentTest {
  const known = compiled.get(condition);
  if (known) return known;
  try {
    const { isMetBy, fields } = compile(condition, { unknownNames: "field" });
    const test: DocumentTest = (bytes) => isMetBy(readFields(bytes, fields));
    compiled.set(condition, test);
    return test;
  } catch (cause) {
    throw new JflowError("INVALID_ARGUMENT", `when: ${toJflowError(cause).message}`, { cause });
  }
}

/** Returns the fields under the names that the document's docarray has for them. */
function readFields(
  bytes: Uint8Array,
  only: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const document = Document.decode(bytes);
  if (documentFormat(bytes) === "v1") return documentToJson(document, { empty: "omit", only });
  return { tags: document.tags, ...(JSON.parse(writeV2Document(bytes)) as object) };
}
