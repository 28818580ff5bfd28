import { definitionsOf } from "../../../document/v2/json-schema.ts";
import type { EndpointSchema, JsonSchema } from "../../../document/v2/endpoint-schema.ts";

/**
 * The component schemas of one endpoint's documents, and the schema names of its request and its
 * answer.
 */
export interface DescribedDocuments {
  readonly components: Readonly<Record<string, unknown>>;
  readonly request: string;
  readonly answer: string;
  /** The schema names for one document, as in a streaming endpoint. */
  readonly inputDocument: string;
  readonly outputDocument: string;
}

const ANY_OBJECT = { type: "object", additionalProperties: true };

/**
 * Describes the documents of a docarray v2 endpoint for OpenAPI: the executors' own schemas, under
 * unique names.
 */
export function describeV2Documents(
  endpoint: string,
  { input, output }: EndpointSchema,
): DescribedDocuments {
  const name = endpoint.replaceAll(/\W+/g, "_").replace(/^_/, "");
  const request = `${name}_input_model`;
  const answer = `${name}_output_model`;
  const inputDocument = `${name}_input`;
  const outputDocument = `${name}_output`;
  const model = (document: string): object => ({
    type: "object",
    properties: {
      data: { type: "array", items: { $ref: refer(document) } },
      parameters: { ...ANY_OBJECT, nullable: true },
      header: { ...ANY_OBJECT, nullable: true },
    },
    required: ["data"],
  });
  return {
    components: {
      [request]: model(inputDocument),
      [answer]: model(outputDocument),
      ...describeDocument(inputDocument, input),
      ...describeDocument(outputDocument, output),
    },
    request,
    answer,
    inputDocument,
    outputDocument,
  };
}

/** Returns a schema and its definitions as components, with their references adapted. */
function describeDocument(name: string, schema: JsonSchema): Record<string, unknown> {
  const { definitions: _, $defs: __, ...own } = schema;
  const rename = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const isReference = key === "$ref" && typeof item === "string";
        return [
          key,
          isReference ? refer(`${name}_${item.slice(item.lastIndexOf("/") + 1)}`) : rename(item),
        ];
      }),
    );
  };
  const definitions = Object.entries(definitionsOf(schema)).map(([key, item]) => [
    `${name}_${key}`,
    rename(item),
  ]);
  return { ...Object.fromEntries(definitions), [name]: rename(own) };
}

function refer(component: string): string {
  return `#/components/schemas/${component}`;
}
