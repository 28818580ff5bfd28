import type { DataRequest } from "../../../wire/jina/messages/data-request.ts";
import type {
  RequestHeader,
  RequestStatus,
  RouteStep,
} from "../../../wire/jina/messages/header.ts";
import { writeDocuments, type WriteOptions } from "./documents-json.ts";

/** The end time of a route that never ended: clients expect a time with a zone. */
const NEVER = "1970-01-01T00:00:00+00:00";

function formatTime(ms: number | undefined): string {
  return ms === undefined ? NEVER : new Date(ms).toISOString().replace("Z", "+00:00");
}

/** Returns Jina's `StatusProto` in JSON. */
export function statusToJson(status: RequestStatus): Record<string, unknown> {
  // Jina's JSON has no replica.
  const { replica: _, ...exception } = status.exception ?? {};
  return {
    code: status.code === "ERROR" ? 1 : 0,
    description: status.description,
    exception: status.exception ? exception : null,
  };
}

function statusOrNull(status: RequestStatus | undefined): Record<string, unknown> | null {
  return status?.code === "ERROR" ? statusToJson(status) : null;
}

function headerToJson(
  header: RequestHeader,
  status: RequestStatus | undefined,
): Record<string, unknown> {
  return {
    requestId: header.requestId,
    status: statusOrNull(status),
    execEndpoint: header.execEndpoint,
    targetExecutor: header.targetExecutor,
  };
}

function routeToJson(route: RouteStep): Record<string, unknown> {
  return {
    executor: route.executor,
    startTime: formatTime(route.startMs),
    endTime: formatTime(route.endMs),
    status: statusOrNull(route.status),
  };
}

/**
 * Writes an answer as JSON for the HTTP front: camelCase around documents in snake_case, every
 * field of a document, null if it is empty. The format is that of
 * https://github.com/jina-ai/jina/blob/v3.27.0/jina/serve/runtimes/gateway/http_fastapi_app.py
 */
export async function writeAnswer(response: DataRequest, options: WriteOptions): Promise<string> {
  const { header, parameters, routes, documents } = response;
  const around = {
    header: headerToJson(header, header.status),
    parameters,
    routes: routes.map(routeToJson),
  };
  return withData(around, documents, options);
}

/**
 * Writes an answer as JSON as Jina's HTTP front for docarray v2 does: without routes and status.
 */
export async function writeV2Answer(response: DataRequest, options: WriteOptions): Promise<string> {
  const { header, parameters, documents } = response;
  const { requestId, targetExecutor } = header;
  return withData({ header: { requestId, targetExecutor }, parameters }, documents, options);
}

/** Returns the description of an answer's status if the status is ERROR. */
export function readFailure({ header: { status } }: DataRequest): string | undefined {
  return status?.code === "ERROR" ? status.description : undefined;
}

/**
 * Returns the JSON of a request that failed: the request without its documents, with the reason.
 */
export function failureToJson(
  { header, parameters }: DataRequest,
  status: RequestStatus,
): Record<string, unknown> {
  return { header: headerToJson(header, status), parameters, routes: [], data: [] };
}

/**
 * Writes an answer as JSON for the WebSocket front: snake_case throughout, and a status only if
 * there is an error.
 */
export async function writeSnakeAnswer(
  response: DataRequest,
  options: WriteOptions,
): Promise<string> {
  const { header, parameters, routes, documents } = response;
  const withStatus = (status: RequestStatus | undefined): object =>
    status?.code === "ERROR" ? { status: statusToJson(status) } : {};
  const around = {
    header: {
      request_id: header.requestId,
      exec_endpoint: header.execEndpoint,
      target_executor: header.targetExecutor,
      ...withStatus(header.status),
    },
    parameters,
    routes: routes.map((route) => ({
      executor: route.executor,
      start_time: formatTime(route.startMs),
      end_time: formatTime(route.endMs),
      ...withStatus(route.status),
    })),
  };
  return withData(around, documents, options);
}

/**
 * Joins the texts of documents with the JSON around them. `JSON.stringify` would write the floats
 * of docarray v2 documents as whole numbers.
 */
async function withData(
  around: Readonly<Record<string, unknown>>,
  documents: readonly Uint8Array[],
  options: WriteOptions,
): Promise<string> {
  const data = await writeDocuments(documents, options);
  return `${JSON.stringify(around).slice(0, -1)},"data":${data}}`;
}
