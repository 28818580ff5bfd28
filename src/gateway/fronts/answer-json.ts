import { Document } from "../../model/document.ts";
import { documentToJson } from "../../model/json-document.ts";
import { viewDataRequest } from "../../wire/jina/data-request.ts";
import type { RequestHeader, RequestStatus, Route } from "../../wire/jina/messages.ts";
import { markWholeTags } from "./whole-tags.ts";

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

function headerToJson(header: RequestHeader, status: RequestStatus | undefined): Record<string, unknown> {
  return {
    requestId: header.requestId,
    status: statusOrNull(status),
    execEndpoint: header.execEndpoint,
    targetExecutor: header.targetExecutor,
  };
}

function routeToJson(route: Route): Record<string, unknown> {
  return {
    executor: route.executor,
    startTime: formatTime(route.startMs),
    endTime: formatTime(route.endMs),
    status: statusOrNull(route.status),
  };
}

function documentsToJson(documents: readonly Uint8Array[]): Record<string, unknown>[] {
  return documents.map((bytes) => markWholeTags(documentToJson(Document.decode(bytes), { empty: "null" })));
}

/** An answer as the HTTP front gives it (`reference/jina.md` 2 and 4.10): camelCase around documents in snake_case, every field of a document, null where it is empty. To be written by `writeJson`. */
export function answerToJson(response: Uint8Array): Record<string, unknown> {
  const { header, parameters, routes, documents } = viewDataRequest(response);
  return {
    header: headerToJson(header, header.status),
    parameters,
    routes: routes.map(routeToJson),
    data: documentsToJson(documents),
  };
}

/** What is said about a request that was not answered: itself, without its documents, with the reason. */
export function failureToJson(
  header: RequestHeader,
  parameters: Readonly<Record<string, unknown>>,
  status: RequestStatus,
): Record<string, unknown> {
  return { header: headerToJson(header, status), parameters, routes: [], data: [] };
}

/** An answer as the WebSocket front gives it in JSON: snake_case throughout; a status only where there is an error. To be written by `writeJson`. */
export function answerToSnakeJson(response: Uint8Array): Record<string, unknown> {
  const { header, parameters, routes, documents } = viewDataRequest(response);
  const withStatus = (status: RequestStatus | undefined): object =>
    status?.code === "ERROR" ? { status: statusToJson(status) } : {};
  return {
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
    data: documentsToJson(documents),
  };
}
