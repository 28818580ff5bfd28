import type { Topology, TopologyDeployment, TopologyReplica } from "../../src/model/topology.ts";
import { TopologyFacts } from "../../src/gateway/topology/topology-facts.ts";
import type { Graph } from "../../src/gateway/topology/graph.ts";
import { chooseRoutingShards } from "../../src/model/shard/routing.ts";

/** A deployment at the start of the graph, stateless, one shard, merged by Jina's rule. */
export function makeDeployment(
  name: string,
  changes: Partial<TopologyDeployment> = {},
): TopologyDeployment {
  const shards = changes.shards ?? 1;
  return {
    name,
    needs: ["gateway"],
    shards,
    routingShards: chooseRoutingShards(shards),
    writes: [],
    polling: {},
    merge: { kind: "jina" },
    stateful: false,
    floating: false,
    noReduce: false,
    balancing: "round_robin",
    maxQueued: 1000,
    replicas: [],
    ...changes,
  };
}

export function makeReplica(
  deployment: string,
  target: string,
  changes: Partial<TopologyReplica> = {},
): TopologyReplica {
  const { shard = 0, replica = 0 } = changes;
  const address = `${deployment}/${shard}/${replica}`;
  return {
    address,
    shard,
    replica,
    processId: `${address}@1`,
    target,
    wire: "jflow",
    role: null,
    readable: true,
    ...changes,
  };
}

export function makeTopology(
  deployments: readonly TopologyDeployment[],
  changes: Partial<Topology> = {},
): Topology {
  return {
    version: 1,
    flow: "test",
    deployments,
    helpers: [],
    ready: true,
    killed: [],
    ...changes,
  };
}

/** The graph of a flow of these deployments. */
export function layOut(deployments: readonly TopologyDeployment[]): Graph {
  return new TopologyFacts(makeTopology(deployments)).graph;
}
