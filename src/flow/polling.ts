import type { Polling, PollingTable } from "../model/polling.ts";
import type { Described } from "../model/supervisor.ts";
import type { Deployment } from "./resolve/types.ts";

/** What the polling rules need of a described executor. */
export type DescribedPolling = Pick<Described, "endpoints" | "writes" | "polling">;

const REST = "*";
const DEFAULT_ENDPOINT = "/default";

/** Jina's own table: a string or `*` does not change these two. */
const JINA_DEFAULTS: PollingTable = { "/search": "ALL", "/index": "ANY" };

/**
 * The polling of every endpoint a deployment may be asked for, `*` for the rest. Rules, strongest
 * first: what the flow names; for write endpoints ALL if the flow sets one of them to ANY, else the
 * executor's own default, else HASH; for the others the executor's own default, then Jina's for
 * `/search` and `/index`, then the flow's string or `*`, then ANY.
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

  const decide = (endpoint: string): Polling => {
    const stated = named[endpoint];
    if (stated !== undefined) return stated;
    const own = described.polling[endpoint];
    // Documents that were written to any shard are found by asking all of them: that holds for
    // reads by id as for updates and deletes.
    if (scattered && (isWrite(endpoint) || own === "HASH")) return "ALL";
    if (own !== undefined) return own;
    return isWrite(endpoint) ? "HASH" : (JINA_DEFAULTS[endpoint] ?? rest ?? "ANY");
  };

  // An executor that binds `/default` (or is not described yet) may be asked for anything.
  const unbound =
    endpoints.length === 0 || endpoints.includes(DEFAULT_ENDPOINT)
      ? Object.keys(JINA_DEFAULTS)
      : [];
  const known = new Set([...endpoints, ...Object.keys(named), ...unbound]);
  known.delete(REST);
  const table = Object.fromEntries(
    [...known].toSorted().map((endpoint) => [endpoint, decide(endpoint)]),
  );
  const restPolling = writes.includes(DEFAULT_ENDPOINT)
    ? decide(DEFAULT_ENDPOINT)
    : (rest ?? "ANY");
  return { ...table, [REST]: restPolling };
}
