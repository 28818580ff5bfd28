import type { RequestStatus } from "../../wire/jina/messages/header.ts";
import type { LiveTopology } from "../topology/live-topology.ts";

/**
 * Reports whether every shard of every deployment has a replica that can be asked. An ERROR names
 * the shards without one. No replica is called.
 */
export function dryRun(live: LiveTopology): RequestStatus {
  const { facts } = live;
  if (!facts.isReady) return { code: "ERROR", description: "the flow is starting" };
  const missing = facts.deployments.flatMap(({ name, shardNames }) =>
    shardNames.filter((_, shard) => live.shard(name, shard).readable.every((one) => one.isLost)),
  );
  if (missing.length > 0)
    return { code: "ERROR", description: `no replica of ${missing.join(", ")} is ready` };
  return { code: "SUCCESS", description: "" };
}
