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
