import type { ReplicaStateName } from "../../model/replica.ts";
import type { Topology } from "../../model/topology.ts";
import { replyJson, type HttpReply } from "../../wire/http/http-reply.ts";

/** The facts that decide whether a flow takes requests. */
export interface HealthzFacts {
  readonly isStopping: boolean;
  /** Undefined before the first one. */
  readonly topology: Topology | undefined;
  /** The state of the gateway; undefined while no gateway is planned. */
  readonly gateway: ReplicaStateName | undefined;
}

/**
 * Replies to `GET /healthz`: 503 with the reason while the flow starts or stops, the gateway is not
 * ready, or a shard has no replica that can be asked.
 */
export function replyHealthz(facts: HealthzFacts): HttpReply {
  if (!facts.isStopping && facts.topology?.ready !== true)
    return replyJson(503, { status: "starting" });
  const reason = whyNotReady(facts);
  return reason === undefined
    ? replyJson(200, { status: "ready" })
    : replyJson(503, { status: "not ready", reason });
}

function whyNotReady({ isStopping, topology, gateway }: HealthzFacts): string | undefined {
  if (isStopping) return "the flow stops";
  if (gateway !== "ready") return `the gateway is ${gateway ?? "not planned"}`;
  const missing = topology === undefined ? [] : listUnreadable(topology);
  return missing.length === 0 ? undefined : `no replica of ${missing.join(", ")} is ready`;
}

/** Returns the names of the shards without a replica that gets reads. */
function listUnreadable({ deployments }: Topology): readonly string[] {
  return deployments.flatMap(({ name, shards, replicas }) => {
    const readable = new Set(replicas.filter((each) => each.readable).map(({ shard }) => shard));
    return Array.from({ length: shards }, (_, shard) => shard)
      .filter((shard) => !readable.has(shard))
      .map((shard) => (shards === 1 ? name : `${name}/${shard}`));
  });
}
