import type { IncomingHttpHeaders } from "node:http";

const LOCAL_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Returns whether a `Host` header names this machine. If another site's name resolves to this
 * machine, its pages send a different name.
 */
export function isLocalHost(host: string | undefined): boolean {
  return host !== undefined && LOCAL_NAMES.has(host.replace(/:\d+$/, "").toLowerCase());
}

/**
 * Returns why a request is refused; undefined for a request of a program of this machine, or of a
 * page of the admin server itself. A page of another origin sends that origin.
 */
export function refuseForeign({
  host,
  origin,
}: Pick<IncomingHttpHeaders, "host" | "origin">): string | undefined {
  if (!isLocalHost(host)) return "the Host header does not name this machine";
  if (origin !== undefined && origin.toLowerCase() !== `http://${host!.toLowerCase()}`)
    return "the Origin header does not name this server";
  return undefined;
}
