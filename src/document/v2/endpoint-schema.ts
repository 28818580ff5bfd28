/** A JSON Schema, as pydantic writes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What the documents of an endpoint look like, going in and coming out. Executors of docarray v2
 * tell it; those of docarray v1 know one form of document.
 */
export interface EndpointSchema {
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** It answers one document with many. */
  readonly isGenerator?: true;
}

/** By endpoint. */
export type EndpointSchemas = Readonly<Record<string, EndpointSchema>>;
