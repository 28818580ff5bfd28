import { murmur3 } from "../../util/murmur3.ts";

/**
 * The name of the routing rule. It is stored with the data, so that data of a later rule is
 * recognized.
 */
export const ROUTING_RULE = "murmur3-utf16le/v1";

/**
 * Returns the size of the virtual hash space that `shards` divide: `shards` times a power of two,
 * at least two, so that the product stays near 1,024. It is stored with the data and never computed
 * again for that data. Elasticsearch does the same with `number_of_routing_shards`
 * (https://www.elastic.co/docs/reference/elasticsearch/index-settings/index-modules).
 */
export function chooseRoutingShards(shards: number): number {
  return shards * 2 ** Math.max(1, 10 - Math.ceil(Math.log2(shards)));
}

/**
 * Returns the shard of a routing key: `floor(floorMod(hash, routingShards) / (routingShards /
 * shards))`.
 */
export function shardOfKey(key: string, shards: number, routingShards: number): number {
  const hash = murmur3(key) % routingShards;
  return Math.floor((hash < 0 ? hash + routingShards : hash) / (routingShards / shards));
}
