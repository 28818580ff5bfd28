import type { LiveTopology } from "../topology/live-topology.ts";
import type { ShardCall, ShardReply } from "../routing/shard-call.ts";
import { ShardWriter } from "./shard-writer.ts";

/**
 * Sends writes to the primaries of replicated shards. A write is sent again with the same operation
 * id until a primary acknowledges it or the caller stops waiting.
 */
export class ShardWriters {
  readonly #live: LiveTopology;
  readonly #writers = new Map<string, ShardWriter>();

  constructor(live: LiveTopology) {
    this.#live = live;
    live.changes.onChange(() => this.#writers.forEach((writer) => writer.followTopology()));
  }

  /**
   * Resolves with the primary's answer once the write is acknowledged or its executor threw.
   * Rejects with `UNAVAILABLE` if no primary accepted the write in time or the write ended its
   * process twice, `DEADLINE_EXCEEDED`, `CANCELLED`, or the primary's own refusal. Only a refusal
   * means that the write was not applied.
   */
  async write(call: ShardCall, operationId: string): Promise<ShardReply> {
    const key = `${call.deployment.name}/${call.shard}`;
    let writer = this.#writers.get(key);
    if (!writer) {
      writer = new ShardWriter(this.#live, call.deployment.name, call.shard);
      this.#writers.set(key, writer);
    }
    return writer.write(call, operationId);
  }
}
