import type { DataRequest } from "../../../wire/jina/messages/data-request.ts";
import type {
  RequestHeader,
  RequestStatus,
  RouteStep,
} from "../../../wire/jina/messages/header.ts";
import { writeDocuments } from "./documents-json.ts";

/** The time of a route that never ended: clients expect one, with a zone. */
const NEVER = "1970-01-01T00:00:00+00:00";

function formatTime(ms: number | undefined): string {
  return ms === undefined ? NEVER : new Date(ms).toISOString().replace("Z", "+00:00");
}

/** Jina's `StatusProto` in JSON. */
export function statusToJson(status: RequestStatus): Record<string, unknown> {
  const { exception } = status;
  return {
    code: status.code === "ERROR" ? 1 : 0,
    description: status.description,
    exception: exception ? { ...exception } : null,
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
 * An answer as JSON text of the HTTP front (`reference/jina.md` 2 and 4.10): camelCase around
 * documents in snake_case, every field of a document, null where it is empty.
 */
export function writeAnswer(response: DataRequest): string {
  const { header, parameters, routes, documents } = response;
  const around = {
    header: headerToJson(header, header.status),
    parameters,
    routes: routes.map(routeToJson),
  };
  return withData(around, documents);
}

/**
 * An answer as JSON text of the HTTP front, as Jina's front for docarray v2 gives it: no routes, no
 * status.
 */
export function writeV2Answer(response: DataRequest): string {
  const { header, parameters, documents } = response;
  const { requestId, targetExecutor } = header;
  return withData({ header: { requestId, targetExecutor }, parameters }, documents);
}

/** The description of an answer's status where it is ERROR. */
export function readFailure({ header: { status } }: DataRequest): string | undefined {
  return status?.code === "ERROR" ? status.description : undefined;
}

/**
 * What is said about a request that was not answered: itself, without its documents, with the
 * reason.
 */
export function failureToJson(
  { header, parameters }: DataRequest,
  status: RequestStatus,
): Record<string, unknown> {
  return { header: headerToJson(header, status), parameters, routes: [], data: [] };
}

/**
 * An answer as JSON text of the WebSocket front: snake_case throughout; a status only where there
 * is an error.
 */
export function writeSnakeAnswer(response: DataRequest): string {
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
  return withData(around, documents);
}

/**
 * Documents are text already: those of docarray v2 hold floats that `JSON.stringify` would write as
 * whole numbers.
 */
function withData(
  around: Readonly<Record<string, unknown>>,
  documents: readonly Uint8Array[],
): string {
  return `${JSON.stringify(around).slice(0, -1)},"data":${writeDocuments(documents)}}`;
}
