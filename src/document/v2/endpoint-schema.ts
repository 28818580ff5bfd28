/** A JSON Schema, as pydantic generates it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The schemas of an endpoint's input and output documents. Executors of docarray v2 report them;
 * docarray v1 has one document class.
 */
export interface EndpointSchema {
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** The endpoint answers one document with a stream of documents. */
  readonly isGenerator?: true;
}

/** The schemas by endpoint. */
export type EndpointSchemas = Readonly<Record<string, EndpointSchema>>;
