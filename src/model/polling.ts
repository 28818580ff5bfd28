/** How a request finds its shards: one of them in turn, all of them, or each document its own. */
export type Polling = "ANY" | "ALL" | "HASH";

/**
 * Polling per endpoint; `*` is the rule for the endpoints that are not named. Filled by `flow/`
 * (`effectivePolling`).
 */
export type PollingTable = Readonly<Record<string, Polling>>;

/** The rule for `endpoint` in a filled table. */
export function pollingOf(table: PollingTable, endpoint: string): Polling {
  return table[endpoint] ?? table["*"] ?? "ANY";
}
