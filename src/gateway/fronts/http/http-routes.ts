import { suggest } from "../../../util/text/suggest.ts";
import { replyDetail, type HttpReply } from "../../../wire/http/http-reply.ts";
import type { GatewaySpec } from "../../../model/replica.ts";

/** The action of a method on a path. */
export type HttpAction =
  | { readonly kind: "alive" }
  | { readonly kind: "dryRun" }
  | { readonly kind: "versions" }
  | { readonly kind: "openapi" }
  | { readonly kind: "docs" }
  | { readonly kind: "catShards" }
  | { readonly kind: "clusterHealth" }
  /** A request to the flow. The body contains the endpoint. */
  | { readonly kind: "post" }
  /** A request to one endpoint of the flow. */
  | { readonly kind: "endpoint"; readonly endpoint: string }
  /** A request with one document, to an endpoint that answers with many. */
  | { readonly kind: "stream"; readonly endpoint: string };

/** Actions by path and method. */
export type HttpRoutes = ReadonlyMap<string, ReadonlyMap<string, HttpAction>>;

export type HttpRouteOptions = Pick<
  GatewaySpec,
  "noDebugEndpoints" | "noCrudEndpoints" | "exposeEndpoints"
>;

const CRUD: readonly (readonly [method: string, path: string])[] = [
  ["POST", "/index"],
  ["POST", "/search"],
  ["PUT", "/update"],
  ["DELETE", "/delete"],
];
const CRUD_PATHS = new Set(CRUD.map(([, path]) => path));

/**
 * Lists the routes of the HTTP front: Jina's fixed ones, CRUD, those of `expose_endpoints`, POST on
 * every endpoint that an executor binds, and GET on those that stream. `/default` is not listed,
 * because clients would then post every request there.
 */
export function listRoutes(
  options: HttpRouteOptions,
  endpoints: readonly string[],
  isStream: (endpoint: string) => boolean,
): HttpRoutes {
  const routes = new Map<string, Map<string, HttpAction>>();
  const add = (method: string, path: string, action: HttpAction): void => {
    const methods = routes.get(path) ?? new Map<string, HttpAction>();
    if (!methods.has(method)) methods.set(method, action);
    routes.set(path, methods);
  };
  addFixed(options, add);
  for (const [endpoint, { httpPath, methods }] of Object.entries(options.exposeEndpoints)) {
    const path = withSlash(httpPath ?? endpoint);
    for (const method of methods ?? ["POST"])
      add(method.toUpperCase(), path, { kind: "endpoint", endpoint });
  }
  for (const endpoint of endpoints) {
    const isHidden =
      endpoint === "/default" || (options.noCrudEndpoints && CRUD_PATHS.has(endpoint));
    if (isHidden) continue;
    if (isStream(endpoint)) add("GET", withSlash(endpoint), { kind: "stream", endpoint });
    else add("POST", withSlash(endpoint), { kind: "endpoint", endpoint });
  }
  return routes;
}

function addFixed(
  options: HttpRouteOptions,
  add: (method: string, path: string, action: HttpAction) => void,
): void {
  add("GET", "/", { kind: "alive" });
  add("GET", "/openapi.json", { kind: "openapi" });
  add("GET", "/docs", { kind: "docs" });
  add("GET", "/redoc", { kind: "docs" });
  add("GET", "/_cat/shards", { kind: "catShards" });
  add("GET", "/_cluster/health", { kind: "clusterHealth" });
  if (!options.noDebugEndpoints) {
    add("GET", "/dry_run", { kind: "dryRun" });
    add("GET", "/status", { kind: "versions" });
    add("POST", "/post", { kind: "post" });
  }
  if (options.noCrudEndpoints) return;
  for (const [method, path] of CRUD) add(method, path, { kind: "endpoint", endpoint: path });
}

function withSlash(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** The target of a request. */
export interface RouteQuery {
  readonly method: string;
  readonly path: string;
  /** As the client wrote it, with the query. */
  readonly url: string;
  /** Whether an executor binds `/default`. */
  readonly hasDefault: boolean;
}

/**
 * Returns the action of a request, or the reply if no route fits: a redirect between a path with
 * and without a slash at its end, as in Jina, a 404 that names a path that exists, or a 405. HEAD
 * is GET. OPTIONS lists the methods.
 */
export function findRoute(routes: HttpRoutes, query: RouteQuery): HttpAction | HttpReply {
  const { method, path } = query;
  // `OPTIONS *` asks for the methods of the server.
  const methods = path === "*" ? routes.get("/") : routes.get(path);
  if (methods === undefined) return redirect(routes, query) ?? replyNotFound(routes, query);
  const allow = [
    ...methods.keys(),
    ...(methods.has("GET") && !methods.has("HEAD") ? ["HEAD"] : []),
    "OPTIONS",
  ].join(", ");
  const action = methods.get(method) ?? (method === "HEAD" ? methods.get("GET") : undefined);
  if (action !== undefined) return action;
  if (method === "OPTIONS") return { status: 204, headers: { allow }, body: "" };
  return replyDetail(405, "Method Not Allowed", { allow });
}

function redirect(routes: HttpRoutes, { path, url }: RouteQuery): HttpReply | undefined {
  const [written = "/", query] = url.split("?", 2);
  const isLong = path.endsWith("/");
  const turn = (one: string): string => (isLong ? cutSlashes(one) : `${one}/`);
  if (!routes.has(turn(path))) return undefined;
  const location = turn(written);
  const headers = { location: query === undefined ? location : `${location}?${query}` };
  return { status: 307, headers, body: "" };
}

/**
 * Returns the text without slashes at its end, escaped or not. A regular expression would need the
 * square of the length.
 */
function cutSlashes(text: string): string {
  let end = text.length;
  for (;;) {
    if (text[end - 1] === "/") end -= 1;
    else if (text.slice(end - 3, end).toLowerCase() === "%2f") end -= 3;
    else return text.slice(0, end);
  }
}

function replyNotFound(routes: HttpRoutes, { path, hasDefault }: RouteQuery): HttpReply {
  const meant = suggest(path, routes.keys());
  const hints = [
    ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
    ...(hasDefault && routes.has("/post")
      ? [`POST /post with "execEndpoint": "${path}" reaches the "/default" method`]
      : []),
  ];
  return replyDetail(404, hints.length === 0 ? "Not Found" : `Not Found: ${hints.join(" ")}`);
}
