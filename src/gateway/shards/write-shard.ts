import { JflowError, toJflowError } from "../../model/errors.ts";
import type { LiveReplica, LiveTopology } from "../hops/live-topology.ts";
import { PATIENCE_MS, remainingMs } from "./deadline.ts";
import { isElsewhere, nameShard } from "./read-shard.ts";
import type { ShardCall, ShardReply } from "./read-shard.ts";

/** Sends writes to the primaries of replicated shards, again with the same operation id until one acknowledges. */
export class ShardWriters {
  readonly #live: LiveTopology;

  constructor(live: LiveTopology) {
    this.#live = live;
  }

  async write(call: ShardCall, operationId: string): Promise<ShardReply> {
    for (;;) {
      const primary = await this.#waitForPrimary(call);
      const { endpoint, requests, caller } = call;
      const timeoutMs = remainingMs(caller, Date.now());
      try {
        const request = { endpoint, requests, operationId, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
        return { reply: await primary.call(request, caller.signal), address: primary.address };
      } catch (error) {
        if (!isElsewhere(error)) throw error;
        await this.#live.waitForChange(50, caller.signal);
        void toJflowError(error);
      }
    }
  }

  async #waitForPrimary(call: ShardCall): Promise<LiveReplica> {
    const patienceEndMs = Date.now() + PATIENCE_MS;
    for (;;) {
      const primary = this.#live.primary(call.deployment.name, call.shard);
      if (primary) return primary;
      const nowMs = Date.now();
      const leftMs = Math.min(patienceEndMs - nowMs, remainingMs(call.caller, nowMs) ?? Infinity);
      if (leftMs <= 0) throw new JflowError("UNAVAILABLE", `${nameShard(call)} has no primary`);
      await this.#live.waitForChange(leftMs, call.caller.signal);
    }
  }
}
