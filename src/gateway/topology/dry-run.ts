import type { RequestStatus } from "../../wire/jina/messages/header.ts";
import type { LiveTopology } from "./live-topology.ts";

/**
 * Whether every shard of every deployment has a replica that can be asked; ERROR names those that
 * have none. Asks nobody.
 */
export function dryRun(live: LiveTopology): RequestStatus {
  const deployments = live.topology?.deployments ?? [];
  const missing = deployments.flatMap(({ name, shards }) =>
    Array.from({ length: shards }, (_, shard) => shard)
      .filter((shard) => !live.hasReadable(name, shard))
      .map((shard) => (shards === 1 ? name : `${name}/${shard}`)),
  );
  if (!live.isReady) return { code: "ERROR", description: "the flow is starting" };
  if (missing.length > 0)
    return { code: "ERROR", description: `no replica is ready of ${missing.join(", ")}` };
  return { code: "SUCCESS", description: "" };
}
