import type { IncomingHttpHeaders } from "node:http";

type Headers = Readonly<Record<string, string>>;

const METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
const MAX_AGE_SECONDS = 600;

/**
 * Returns the headers of an answer to a page of another origin. The origin is repeated, because `*`
 * does not cover requests with credentials
 * (https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS).
 */
export function corsHeaders({ origin }: IncomingHttpHeaders): Headers {
  if (origin === undefined) return { "access-control-allow-origin": "*" };
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    vary: "Origin",
  };
}

/** Whether a browser asks for permission before a request. */
export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

/** Returns the further headers that permit what the browser asks for, as Jina's gateway does. */
export function preflightHeaders(headers: IncomingHttpHeaders): Headers {
  const asked = headers["access-control-request-headers"];
  return {
    "access-control-allow-methods": METHODS,
    "access-control-max-age": String(MAX_AGE_SECONDS),
    ...(typeof asked === "string" ? { "access-control-allow-headers": asked } : {}),
  };
}
