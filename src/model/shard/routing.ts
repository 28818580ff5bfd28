import { murmur3 } from "../../util/murmur3.ts";

/**
 * The name of the rule below: stored with the data, so that a later rule can never be mistaken for
 * it.
 */
export const ROUTING_RULE = "murmur3-utf16le/v1";

/**
 * The size of the virtual hash space that `shards` divide: `shards` times a power of two, at least
 * two and such that the product stays near 1,024. Stored with the data and never computed again for
 * data that exists (`reference/shards.md` 2.1).
 */
export function chooseRoutingShards(shards: number): number {
  return shards * 2 ** Math.max(1, 10 - Math.ceil(Math.log2(shards)));
}

/**
 * The shard of a routing key: `floor(floorMod(hash, routingShards) / (routingShards / shards))`.
 */
export function shardOfKey(key: string, shards: number, routingShards: number): number {
  const hash = murmur3(key) % routingShards;
  return Math.floor((hash < 0 ? hash + routingShards : hash) / (routingShards / shards));
}
