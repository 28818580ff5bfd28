import { JflowError } from "../../model/errors.ts";
import { documentFromJson } from "../../model/json-document.ts";
import { buildDataRequest, makeRequestId } from "../../wire/jina/data-request.ts";
import type { RequestHeader } from "../../wire/jina/messages.ts";

/** A request that came as JSON. */
export interface JsonRequest {
  /** A `DataRequestProto`. */
  readonly bytes: Uint8Array;
  readonly header: RequestHeader;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Why a body is no request: no JSON at all (400), or JSON with a wrong type at `place` (422). */
export interface JsonProblem {
  readonly status: 400 | 422;
  readonly place: readonly (string | number)[];
  readonly message: string;
}

export function isProblem(read: object): read is JsonProblem {
  return "place" in read;
}

function wrongType(place: readonly (string | number)[], message: string): JsonProblem {
  return { status: 422, place: ["body", ...place], message };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads the body of a request to the flow: `data`, `parameters`, `targetExecutor` and, where `endpoint` is not given, `execEndpoint`, each also in
 * snake_case (`reference/jina.md` 2). Nothing at all is a request without documents.
 */
export function readJsonRequest(text: string, endpoint?: string): JsonRequest | JsonProblem {
  let body: unknown;
  try {
    body = text.trim() === "" ? {} : JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { status: 400, place: ["body"], message: `the body is no JSON: ${reason}` };
  }
  return isMap(body) ? readRequest(body, endpoint) : wrongType([], "an object is expected");
}

function readRequest(body: Record<string, unknown>, endpoint: string | undefined): JsonRequest | JsonProblem {
  const execEndpoint = endpoint ?? pick(body, "execEndpoint", "exec_endpoint") ?? "/";
  const targetExecutor = pick(body, "targetExecutor", "target_executor") ?? "";
  const parameters = body["parameters"] ?? {};
  if (!isText(execEndpoint)) return wrongType(["execEndpoint"], "text is expected");
  if (!isText(targetExecutor)) return wrongType(["targetExecutor"], "text is expected");
  if (!isMap(parameters)) return wrongType(["parameters"], "an object is expected");
  const documents = readDocuments(body["data"]);
  if (isProblem(documents)) return documents;
  const header = {
    requestId: makeRequestId(),
    execEndpoint: String(execEndpoint),
    targetExecutor: String(targetExecutor),
  };
  return { bytes: buildDataRequest({ header, parameters, documents }), header, parameters };
}

function pick(body: Record<string, unknown>, camelCase: string, snakeCase: string): unknown {
  return body[camelCase] ?? body[snakeCase];
}

function isText(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

function readDocuments(data: unknown): readonly Uint8Array[] | JsonProblem {
  const list = isMap(data) && "docs" in data ? data["docs"] : data;
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return wrongType(["data"], 'a list of documents is expected, or {"docs": [...]}');
  const documents: Uint8Array[] = [];
  for (const [position, json] of list.entries()) {
    const document = encodeDocument(json);
    if (typeof document === "string") return wrongType(["data", position], document);
    documents.push(document);
  }
  return documents;
}

/** The document's bytes, or what is wrong with it. */
function encodeDocument(json: unknown): Uint8Array | string {
  try {
    return documentFromJson(json, { unknownKeys: "ignore" }).encode();
  } catch (error) {
    if (error instanceof JflowError) return error.message;
    throw error;
  }
}
