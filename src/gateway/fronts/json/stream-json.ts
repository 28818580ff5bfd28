import type { EndpointSchema, JsonSchema } from "../../../document/v2/endpoint-schema.ts";
import {
  readDocumentSchema,
  readFieldType,
  schemaOfField,
} from "../../../document/v2/json-schema.ts";
import { parseJsonWithFloats } from "../../../document/values/json-floats.ts";
import { makeRequestId } from "../../../wire/jina/messages/data-request.ts";
import { DocumentRequest } from "../../../wire/jina/messages/document-request.ts";
import { takeDocument } from "../../../wire/jina/client/document-stream.ts";
import { isFromV1Client } from "./client-format.ts";
import { readDocuments, readV2Documents, writeDocument } from "./documents-json.ts";
import type { JsonProblem } from "./request-json.ts";

/** A request to a streaming endpoint. */
interface StreamText {
  /** The body: one document, or empty. */
  readonly text: string;
  /** The fields of the document, if there is no body. */
  readonly query: URLSearchParams;
  readonly endpoint: string;
  readonly schema: EndpointSchema | undefined;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NO_SCHEMA: EndpointSchema = { input: {}, output: {} };

/**
 * Reads a document for a streaming endpoint as Jina's docarray v2 front does: from the JSON of the
 * body, else from the query's parameters, each in the type that the executor's schema gives it.
 * Returns the request, or the problem with the body.
 */
export function readStreamRequest({
  text,
  query,
  endpoint,
  schema,
}: StreamText): DocumentRequest | JsonProblem {
  const { input } = schema ?? NO_SCHEMA;
  const hasBody = text.trim() !== "" && text.trim() !== "null";
  let json: unknown;
  try {
    json = hasBody ? parseJsonWithFloats(text) : parseJsonWithFloats(writeQuery(query, input));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { status: 400, place: ["body"], message: `the body is not valid JSON: ${reason}` };
  }
  const documents = isFromV1Client(json)
    ? readDocuments([json])
    : readV2Documents([json], schema ?? NO_SCHEMA);
  if ("message" in documents) {
    return { status: 422, place: [hasBody ? "body" : "query"], message: documents.message };
  }
  const header = { requestId: makeRequestId(), execEndpoint: endpoint, targetExecutor: "" };
  return DocumentRequest.make({ header, document: documents[0]! });
}

/**
 * Writes the documents of a stream as JSON. Rejects with `EXECUTOR_FAILED` if the executor threw.
 */
export async function* writeStream(
  messages: AsyncIterable<DocumentRequest>,
): AsyncGenerator<string> {
  for await (const message of messages) {
    const document = takeDocument(message);
    if (document !== undefined) yield writeDocument(document);
  }
}

/** Writes a query's parameters as JSON: numbers if the schema has a number, else strings. */
function writeQuery(query: URLSearchParams, input: JsonSchema): string {
  const { fields, definitions } = readDocumentSchema(input);
  const entries = [...new Map(query)].map(([name, value]) => {
    const { kind } = readFieldType(schemaOfField(fields, name), definitions);
    const isNumber = (kind === "integer" || kind === "float") && NUMBER.test(value);
    return `${JSON.stringify(name)}:${isNumber ? value : JSON.stringify(value)}`;
  });
  return `{${entries.join(",")}}`;
}
