import { formatAddress } from "../model/address.ts";
import type { Deployment, Flow } from "./resolve/types.ts";
import { isMerger, type Uses } from "./uses/uses.ts";

/** One process that should exist. */
export interface PlannedReplica {
  /** `indexer/1/0`; of a `uses_after` `indexer_uses_after/0/0`; of the gateway `gateway/0/0`. */
  readonly address: string;
  /** The deployment it works for; `gateway` for the gateway. */
  readonly deployment: string;
  readonly part: "worker" | "uses_before" | "uses_after" | "gateway";
  readonly shard: number;
  readonly replica: number;
  /** What it runs; absent for the gateway. */
  readonly uses?: Uses;
  /** Where it listens, if the file says so. */
  readonly port?: number;
}

/** Every process a flow should have, workers first, the gateway last. */
export interface Plan {
  readonly flow: string;
  readonly replicas: readonly PlannedReplica[];
}

/**
 * Every process the flow should have. External deployments have none; a built-in merger lives in
 * the gateway.
 */
export function planReplicas(flow: Flow): Plan {
  return {
    flow: flow.name,
    replicas: [
      ...flow.deployments.flatMap(planDeployment),
      {
        address: formatAddress("gateway", 0, 0),
        deployment: "gateway",
        part: "gateway",
        shard: 0,
        replica: 0,
      },
    ],
  };
}

function planDeployment(deployment: Deployment): PlannedReplica[] {
  if (deployment.external) return [];
  const { name, shards, replicas, uses, port: ports } = deployment;
  const hasPorts = ports.length === shards * replicas;
  const workers = Array.from({ length: shards * replicas }, (_, index): PlannedReplica => {
    const shard = Math.floor(index / replicas);
    const replica = index % replicas;
    const port = hasPorts ? { port: ports[index]! } : {};
    return {
      address: formatAddress(name, shard, replica),
      deployment: name,
      part: "worker",
      shard,
      replica,
      uses,
      ...port,
    };
  });
  return [
    ...workers,
    ...planHelper(deployment, "uses_before", deployment.usesBefore),
    ...planHelper(deployment, "uses_after", deployment.usesAfter),
  ];
}

/**
 * Helpers exist where there is something to scatter and merge (Jina ignores them where `shards` is
 * 1, and so do we, with a warning).
 */
function planHelper(
  deployment: Deployment,
  part: "uses_before" | "uses_after",
  uses: Uses | undefined,
): PlannedReplica[] {
  if (uses === undefined || deployment.shards === 1 || isMerger(uses)) return [];
  const address = formatAddress(`${deployment.name}_${part}`, 0, 0);
  return [{ address, deployment: deployment.name, part, shard: 0, replica: 0, uses }];
}
