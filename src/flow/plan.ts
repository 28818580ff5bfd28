import { formatAddress } from "../model/address.ts";
import type { Deployment, Flow } from "./resolve/types.ts";
import { isMerger, type Uses } from "./uses/uses.ts";

/** One process that a flow should have. */
export interface PlannedReplica {
  /**
   * `indexer/1/0` for a worker, `indexer_uses_after/0/0` for a `uses_after`, `gateway/0/0` for the
   * gateway.
   */
  readonly address: string;
  /** The deployment that the process works for, or `gateway`. */
  readonly deployment: string;
  readonly part: "worker" | "uses_before" | "uses_after" | "gateway";
  readonly shard: number;
  readonly replica: number;
  /** The executor. Absent for the gateway. */
  readonly uses?: Uses;
  /** The port to listen on, if the flow file gives one. */
  readonly port?: number;
}

/** Every process that a flow should have: workers first, the gateway last. */
export interface Plan {
  readonly flow: string;
  readonly replicas: readonly PlannedReplica[];
}

/**
 * Lists every process that the flow should have. External deployments have no processes. A built-in
 * merger runs in the gateway.
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
 * Plans the process of a `uses_before` or `uses_after`. A deployment with one shard has none, as in
 * Jina: there is nothing to scatter or merge.
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
