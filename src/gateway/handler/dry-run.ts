import type { RequestStatus } from "../../wire/jina/messages/header.ts";
import { toRequestStatus } from "../../wire/jina/messages/request-status.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import { checkEndpoint, type EndpointQuery } from "./check-endpoint.ts";

/**
 * Reports whether every shard of every deployment has a replica that can be asked, and whether an
 * executor binds the endpoint of `query`. An ERROR names what is missing. No replica is called.
 */
export function dryRun(live: LiveTopology, query?: EndpointQuery): RequestStatus {
  const { facts } = live;
  if (!facts.isReady) return { code: "ERROR", description: "the flow is starting" };
  if (query !== undefined) {
    try {
      checkEndpoint(facts.graph, query);
    } catch (error) {
      return toRequestStatus(error);
    }
  }
  const missing = facts.deployments.flatMap(({ name, shardNames }) =>
    shardNames.filter((_, shard) => live.shard(name, shard).readable.every((one) => one.isLost)),
  );
  if (missing.length > 0)
    return { code: "ERROR", description: `no replica of ${missing.join(", ")} is ready` };
  return { code: "SUCCESS", description: "" };
}
