import type { Polling, PollingTable } from "../model/polling.ts";
import type { Described } from "../model/supervisor.ts";
import type { Deployment } from "./resolve/types.ts";

/** The facts about a described executor that decide its polling. */
export type DescribedPolling = Pick<Described, "endpoints" | "writes" | "polling">;

const REST = "*";
const DEFAULT_ENDPOINT = "/default";

/** Jina's defaults. Only an endpoint's own entry changes these two. */
const JINA_DEFAULTS: PollingTable = { "/search": "ALL", "/index": "ANY" };

/**
 * Returns the polling of every endpoint that a deployment may receive, and `*` for the rest. The
 * first rule that applies decides:
 *
 * - the flow's own entry for the endpoint
 * - `ALL` for write endpoints and for endpoints whose default is `HASH`, if the flow sets a write
 * endpoint to `ANY`
 * - the executor's default for the endpoint
 * - `HASH` for write endpoints
 * - Jina's default for `/search` and `/index`
 * - the flow's single word or its `*` entry
 * - for an executor with write endpoints: `HASH`, or `ALL` if the flow sets a write endpoint to
 * `ANY`
 * - `ANY`
 */
export function effectivePolling(
  deployment: Pick<Deployment, "polling">,
  described: DescribedPolling,
): Record<string, Polling> {
  const named = typeof deployment.polling === "object" ? deployment.polling : {};
  const rest = typeof deployment.polling === "string" ? deployment.polling : named[REST];
  const { endpoints, writes } = described;
  const isWrite = (endpoint: string): boolean =>
    writes.includes(endpoint) ||
    (!endpoints.includes(endpoint) && writes.includes(DEFAULT_ENDPOINT));
  const scattered = Object.entries(named).some(
    ([endpoint, polling]) => polling === "ANY" && endpoint !== REST && isWrite(endpoint),
  );
  // The documents are spread over the shards: one shard in turn would miss most of them.
  const readsOfState = writes.length === 0 ? "ANY" : scattered ? "ALL" : "HASH";

  const decide = (endpoint: string): Polling => {
    const stated = named[endpoint];
    if (stated !== undefined) return stated;
    const own = described.polling[endpoint];
    // Documents may be on any shard then. Reads by id, updates and deletes must ask all shards.
    if (scattered && (isWrite(endpoint) || own === "HASH")) return "ALL";
    if (own !== undefined) return own;
    if (isWrite(endpoint)) return "HASH";
    return JINA_DEFAULTS[endpoint] ?? rest ?? readsOfState;
  };

  // An executor that binds `/default`, or is not described yet, accepts any endpoint.
  const unbound =
    endpoints.length === 0 || endpoints.includes(DEFAULT_ENDPOINT)
      ? Object.keys(JINA_DEFAULTS)
      : [];
  const known = new Set([...endpoints, ...Object.keys(named), ...unbound]);
  known.delete(REST);
  const table = Object.fromEntries(
    [...known].toSorted().map((endpoint) => [endpoint, decide(endpoint)]),
  );
  const restPolling =
    writes.length > 0 && endpoints.includes(DEFAULT_ENDPOINT)
      ? decide(DEFAULT_ENDPOINT)
      : (rest ?? "ANY");
  return { ...table, [REST]: restPolling };
}
