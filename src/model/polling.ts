/**
 * The shards that a request goes to. `ANY`: one shard, in turn. `ALL`: every shard. `HASH`: each
 * document goes to the shard of its routing key.
 */
export type Polling = "ANY" | "ALL" | "HASH";

/** Polling by endpoint. `*` is the rule for the endpoints that are not named. */
export type PollingTable = Readonly<Record<string, Polling>>;

/** Returns the polling of an endpoint. */
export function pollingOf(table: PollingTable, endpoint: string): Polling {
  return table[endpoint] ?? table["*"] ?? "ANY";
}
