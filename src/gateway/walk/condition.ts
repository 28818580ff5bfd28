import sift from "sift";
import { Document } from "../../model/document.ts";
import { JflowError } from "../../model/errors.ts";
import { documentToJson } from "../../model/json-document.ts";
import { readDocumentId } from "../../wire/jina/document-scan.ts";

type Condition = Readonly<Record<string, unknown>>;
type DocumentTest = (document: Uint8Array) => boolean;

// The module is CommonJS: its default export, in types and at run time alike, is a property of what Node imports.
// oxlint-disable-next-line import/no-named-as-default-member
const { default: makeTest } = sift;

const compiled = new WeakMap<Condition, DocumentTest>();

function translateValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(translateValue);
  return typeof value === "object" && value !== null ? translateKeys(value) : value;
}

/** `tags__price` of the DocArray query language is the path `tags.price`. `$where` would run code, and is refused. */
function translateKeys(condition: object): Record<string, unknown> {
  const translated = Object.entries(condition).map(([key, value]) => {
    if (key === "$where") throw new RangeError("$where is not taken");
    return [key.startsWith("$") ? key : key.replaceAll("__", "."), translateValue(value)] as const;
  });
  return Object.fromEntries(translated);
}

/**
 * The documents of a flow with conditions, in the order of the request again: branches that took some each come back one after another.
 * Documents that the request did not have come last.
 */
export function restoreOrder(documents: readonly Uint8Array[], request: readonly Uint8Array[]): Uint8Array[] {
  const places = new Map(request.map((document, position) => [readDocumentId(document), position]));
  const placeOf = (document: Uint8Array): number => places.get(readDocumentId(document)) ?? places.size;
  return documents.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/**
 * The test of a deployment's `when`, on the bytes of a document: a condition in the DocArray query language (Mongo's operators; `field__key` for
 * nested fields). Here alone the gateway decodes a document. Throws `INVALID_ARGUMENT` for a condition that is none.
 */
export function compileCondition(condition: Condition): DocumentTest {
  const known = compiled.get(condition);
  if (known) return known;
  try {
    const isMatch = makeTest(translateKeys(condition));
    const test: DocumentTest = (bytes) => isMatch(documentToJson(Document.decode(bytes), { empty: "omit" }));
    compiled.set(condition, test);
    return test;
  } catch (cause) {
    throw new JflowError("INVALID_ARGUMENT", `when: ${JSON.stringify(condition)} is no condition`, { cause });
  }
}
