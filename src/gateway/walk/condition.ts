import { compileWhen, type Condition } from "../../document/query/condition.ts";
import { writeV2Document } from "../../document/v2/v2-to-json.ts";
import { Document } from "../../document/document.ts";
import { documentToJson } from "../../document/json/json-document.ts";
import { documentFormat, readDocumentId } from "../../document/scan/document-values.ts";

type DocumentTest = (document: Uint8Array) => boolean;

const compiled = new WeakMap<Condition, DocumentTest>();

/**
 * Returns the documents of a flow with conditions in the order of the request. The documents of
 * different branches arrive one branch after another. Documents that are not in the request come
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
 * documents only here. Throws `INVALID_ARGUMENT` if the condition is not valid.
 */
export function compileCondition(condition: Condition): DocumentTest {
  const known = compiled.get(condition);
  if (known) return known;
  const { v1, v2, fields } = compileWhen(condition);
  const test: DocumentTest = (bytes) => {
    const document = Document.decode(bytes);
    return documentFormat(bytes) === "v1"
      ? v1(documentToJson(document, { empty: "omit", only: fields }))
      : v2({ tags: document.tags, ...(JSON.parse(writeV2Document(bytes)) as object) });
  };
  compiled.set(condition, test);
  return test;
}
