import type { EndpointSchemas, JsonSchema } from "../../../document/v2/endpoint-schema.ts";

/** What our executors call their documents: whoever reads both forms needs no schema of theirs. */
export const OWN_DOCUMENT = "JflowDocument";

const TEXT = { type: "string" };
const ARRAY = { type: "array", items: { type: "number" }, "tensor/array shape": "not specified" };
const FIELDS = {
  id: { title: "Id", ...TEXT },
  text: { title: "Text", ...TEXT },
  blob: { title: "Blob", ...TEXT, format: "binary" },
  tensor: { title: "Tensor", ...ARRAY },
  url: { title: "Url", ...TEXT },
  embedding: { title: "Embedding", ...ARRAY },
  tags: { title: "Tags", type: "object", default: {} },
  scores: { title: "Scores", type: "object", additionalProperties: { type: "number" } },
};
/** Not of itself: docarray v2 makes classes of a schema, and cannot make one that holds itself. */
const NESTED = "JflowNestedDocument";
const NESTED_LIST = { type: "array", items: { $ref: `#/definitions/${NESTED}` } };
const DOCUMENT: JsonSchema = {
  title: OWN_DOCUMENT,
  type: "object",
  properties: {
    ...FIELDS,
    chunks: { title: "Chunks", ...NESTED_LIST },
    matches: { title: "Matches", ...NESTED_LIST },
  },
  definitions: { [NESTED]: { title: NESTED, type: "object", properties: FIELDS } },
};

/**
 * What our executors tell of their documents to a stock gateway of docarray v2, which cannot do
 * without: the fields of its `LegacyDocument`.
 */
export function describeOwnDocuments(endpoints: readonly string[]): EndpointSchemas {
  return Object.fromEntries(
    endpoints.map((endpoint) => [endpoint, { input: DOCUMENT, output: DOCUMENT }]),
  );
}
