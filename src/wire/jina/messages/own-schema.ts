import type { EndpointSchemas, JsonSchema } from "../../../document/v2/endpoint-schema.ts";

/** The document class of jflow's executors. They read both docarray formats and need no schema. */
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
/** A separate class: docarray v2 cannot create a class from a schema that refers to itself. */
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
 * Returns the schemas that jflow's executors report to a docarray v2 gateway of Jina, which
 * requires them: the fields of docarray's `LegacyDocument`.
 */
export function describeOwnDocuments(endpoints: readonly string[]): EndpointSchemas {
  return Object.fromEntries(
    endpoints.map((endpoint) => [endpoint, { input: DOCUMENT, output: DOCUMENT }]),
  );
}
