import type { EndpointSchema } from "../../../document/v2/endpoint-schema.ts";
import { parseDocuments } from "../../../document/json/parse-documents.ts";
import { parseJsonWithFloats } from "../../../document/values/json-floats.ts";
import { isDeeperThan, isJsonObject, type JsonObject } from "../../../util/json-object.ts";
import { MAX_TAGS_LEVELS } from "../../../util/limits/documents.ts";
import { DataRequest, makeRequestId } from "../../../wire/jina/messages/data-request.ts";
import type { RequestHeader } from "../../../wire/jina/messages/header.ts";
import { isFromV1Client } from "./client-format.ts";
import { readDocuments, readV2Documents } from "./documents-json.ts";
import type { FlowService } from "../../handler/flow-service.ts";

/** A request that a client sent as JSON. */
export interface JsonRequest {
  readonly request: DataRequest;
  /**
   * Whether the documents are docarray v2. The answer then has the format of Jina's docarray v2
   * front.
   */
  readonly isV2: boolean;
  /** Whether a client of Jina sent the request, or the request asks for embeddings. */
  readonly keepsEmbeddings: boolean;
}

/**
 * Why a body is not a request: it is not valid JSON (400), the endpoint does not exist (404), or a
 * value at `place` has the wrong type (422).
 */
export interface JsonProblem {
  readonly status: 400 | 404 | 422;
  readonly place: readonly (string | number)[];
  readonly message: string;
}

/** The facts about the flow that decide how a body is read. */
type Reader = Pick<FlowService, "findSchema" | "endpoints" | "usesV2">;

/**
 * Lists under these names are tensors, as in docarray's own classes: a list of numbers takes three
 * times the memory. Any other value keeps its JSON type.
 */
const TENSOR_OR_ANY = { anyOf: [{ type: "array", "tensor/array shape": "not specified" }, {}] };
const NO_SCHEMA: EndpointSchema = {
  input: { type: "object", properties: { embedding: TENSOR_OR_ANY, tensor: TENSOR_OR_ANY } },
  output: {},
};

export function isProblem(read: object): read is JsonProblem {
  return "place" in read;
}

function wrongType(place: readonly (string | number)[], message: string): JsonProblem {
  return { status: 422, place: ["body", ...place], message };
}

/**
 * Reads the body of a request to the flow: `data`, `parameters`, `targetExecutor` and, if
 * `endpoint` is not given, `execEndpoint`. Each may be in snake_case and inside a `header`, as in
 * https://github.com/jina-ai/jina/blob/v3.27.0/jina/serve/runtimes/gateway/http_fastapi_app.py. An
 * empty body is a request without documents. The documents are read in the format of the endpoint's
 * executors.
 */
export function readJsonRequest(
  text: string,
  flow: Reader,
  endpoint?: string,
): JsonRequest | JsonProblem {
  let body: unknown;
  try {
    body = text.trim() === "" ? {} : JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { status: 400, place: ["body"], message: `the body is not valid JSON: ${reason}` };
  }
  if (!isJsonObject(body)) return wrongType([], "must be an object");
  const header = readHeader(body, endpoint);
  if (isProblem(header)) return header;
  const given = readParameters(body);
  if (isProblem(given)) return given;
  const { parameters } = given;
  const schema = chooseSchema(body, header, flow);
  if (schema === undefined) {
    const { data } = parseDocuments(text, body) as { readonly data?: unknown };
    return finish({ header, parameters, body, data });
  }
  if (isProblem(schema)) return schema;
  const { data } = parseJsonWithFloats(text, body) as { readonly data?: unknown };
  return finish({ header: nameRequest(header, body, data), parameters, schema, body, data });
}

function readParameters(
  body: Record<string, unknown>,
): { readonly parameters: JsonObject } | JsonProblem {
  const parameters = body["parameters"] ?? {};
  if (!isJsonObject(parameters)) return wrongType(["parameters"], "must be an object");
  return isDeeperThan(parameters, MAX_TAGS_LEVELS)
    ? wrongType(["parameters"], `must have at most ${MAX_TAGS_LEVELS} levels`)
    : { parameters };
}

/** Returns undefined if the documents are docarray v1. */
function chooseSchema(
  body: Record<string, unknown>,
  { execEndpoint, targetExecutor }: RequestHeader,
  flow: Reader,
): EndpointSchema | JsonProblem | undefined {
  const reported = flow.findSchema(execEndpoint, targetExecutor);
  if (reported === undefined && flow.usesV2 && !flow.endpoints.includes(execEndpoint)) {
    return {
      status: 404,
      place: ["body", "execEndpoint"],
      message: `no executor binds ${execEndpoint}`,
    };
  }
  if (isFromV1Client(firstDocument(body))) return undefined;
  return reported ?? (flow.usesV2 || isFromV2Client(body) ? NO_SCHEMA : undefined);
}

function finish(read: {
  readonly header: RequestHeader;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
  readonly data: unknown;
  readonly schema?: EndpointSchema;
}): JsonRequest | JsonProblem {
  const { header, parameters, body, data, schema } = read;
  const documents = schema === undefined ? readDocuments(data) : readV2Documents(data, schema);
  if ("message" in documents) {
    const { position, message } = documents;
    return wrongType(position === undefined ? ["data"] : ["data", position], message);
  }
  const request = DataRequest.make({ header, parameters, documents });
  const keepsEmbeddings = isFromJinaClient(body) || asksForEmbeddings(parameters);
  return { request, isV2: schema !== undefined, keepsEmbeddings };
}

function readHeader(
  body: Record<string, unknown>,
  endpoint: string | undefined,
): RequestHeader | JsonProblem {
  const own = isJsonObject(body["header"]) ? body["header"] : {};
  const pick = (camelCase: string, snakeCase: string): unknown =>
    body[camelCase] ?? body[snakeCase] ?? own[camelCase] ?? own[snakeCase];
  const execEndpoint = endpoint ?? pick("execEndpoint", "exec_endpoint") ?? "/";
  const targetExecutor = pick("targetExecutor", "target_executor") ?? "";
  if (!isText(execEndpoint)) return wrongType(["execEndpoint"], "must be a string");
  if (!isText(targetExecutor)) return wrongType(["targetExecutor"], "must be a string");
  return {
    requestId: makeRequestId(),
    execEndpoint: String(execEndpoint),
    targetExecutor: String(targetExecutor),
  };
}

/**
 * Returns whether the parameters, or those of one executor (`<executor>__fields`), name embeddings.
 */
function asksForEmbeddings(parameters: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(parameters).some(([key, value]) => {
    const name = key.replace(/^.+__/, "");
    if (name === "with_embeddings") return value === true;
    return name === "fields" && Array.isArray(value) && value.includes("embedding");
  });
}

/** Returns whether Jina's Python client sent the body: the client sends the id of its request. */
function isFromJinaClient({ header }: Record<string, unknown>): boolean {
  return isJsonObject(header) && "request_id" in header;
}

/**
 * Returns whether Jina's Python client for docarray v2 sent the body: both of its clients send a
 * header. Its documents are docarray v2 for executors without a schema as well.
 */
function isFromV2Client(body: Record<string, unknown>): boolean {
  const first = firstDocument(body);
  return isFromJinaClient(body) && first !== undefined && !isFromV1Client(first);
}

function firstDocument({ data }: Record<string, unknown>): Record<string, unknown> | undefined {
  const [first] = Array.isArray(data) ? (data as readonly unknown[]) : [];
  return isJsonObject(first) ? first : undefined;
}

/**
 * Takes the request id from the client's `header` or from its one document, as Jina's docarray v2
 * front does.
 */
function nameRequest(
  header: RequestHeader,
  body: Record<string, unknown>,
  data: unknown,
): RequestHeader {
  const own = isJsonObject(body["header"]) ? body["header"] : undefined;
  const name =
    own === undefined ? isJsonObject(data) && data["id"] : (own["requestId"] ?? own["request_id"]);
  return typeof name === "string" && name !== "" ? { ...header, requestId: name } : header;
}

function isText(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
