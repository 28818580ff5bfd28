import { join } from "node:path";
import {
  withDefaultMetric,
  type Deployment,
  type Flow,
  type PlannedReplica,
} from "../../flow/flow.ts";
import type {
  ExecutorModule,
  GatewayHello,
  GatewaySpec,
  ReplicaSpec,
} from "../../model/replica.ts";
import { withLocalListener } from "./listeners.ts";
import { helperName, isHelper } from "./planned-replica.ts";

/** Workers listen on loopback only, because clients connect to the gateway. */
export const WORKER_HOST = "127.0.0.1";

/** The values of a spec that do not come from the flow. */
export interface SpecPaths {
  /** Changes if the runtime folder is removed. */
  readonly controlSocket: string;
  /** The default workspace, for a flow file that does not set one. */
  readonly data: string;
  /** The deployments whose data was first written under earlier defaults. */
  readonly earlier: ReadonlySet<string>;
}

/** `<workspace>/<deployment>/<shard>/<replica>`. */
export function workspaceOf(
  flow: Flow,
  deployment: Deployment,
  planned: PlannedReplica,
  paths: Pick<SpecPaths, "data">,
): string {
  const root = deployment.workspace ?? flow.workspace ?? paths.data;
  return join(root, helperName(planned), String(planned.shard), String(planned.replica));
}

/** `<workspace>/<deployment>`: the folder of all copies of a deployment. */
export function deploymentFolder(flow: Flow, name: string, paths: Pick<SpecPaths, "data">): string {
  const deployment = flow.deployments.find((candidate) => candidate.name === name);
  return join(deployment?.workspace ?? flow.workspace ?? paths.data, name);
}

/** A helper has one shard and one replica, and does not have its own configuration. */
const HELPER = { shards: 1, replicas: 1, usesWith: {} } as const;

/** Returns the spec of a worker, or of the process of a `uses_before` or `uses_after`. */
export function workerSpec(
  flow: Flow,
  planned: PlannedReplica,
  module: ExecutorModule,
  paths: SpecPaths,
): Omit<ReplicaSpec, "processId"> {
  const deployment = deploymentOf(flow, planned);
  const {
    shards,
    replicas,
    usesRequests,
    durability,
    exitOnExceptions,
    dynamicBatching,
    liveness,
  } = deployment;
  const { path, exportName, python } = module;
  return {
    kind: "worker",
    mode: "run",
    flow: flow.name,
    address: planned.address,
    deployment: helperName(planned),
    shard: planned.shard,
    replica: planned.replica,
    module: {
      path,
      ...(exportName === undefined ? {} : { exportName }),
      ...(python === undefined ? {} : { python }),
    },
    ...(isHelper(planned)
      ? { ...HELPER, uses: describeUses(planned) }
      : {
          shards,
          replicas,
          usesWith: withDefaultMetric(flow, deployment, paths.earlier),
          uses: deployment.usesText,
          ...(usesRequests === undefined ? {} : { usesRequests }),
          ...(dynamicBatching === undefined ? {} : { dynamicBatching }),
        }),
    workspace: workspaceOf(flow, deployment, planned, paths),
    durability,
    exitOnExceptions,
    ...(python === undefined || liveness === undefined ? {} : { liveness }),
    ...recoveryOf(deployment),
    host: WORKER_HOST,
    ...(planned.port === undefined ? {} : { port: planned.port }),
    controlSocket: paths.controlSocket,
    maxMessageBytes: flow.gateway.maxMessageBytes,
    ...(flow.gateway.tracing === undefined ? {} : { tracing: flow.gateway.tracing }),
  };
}

function recoveryOf({
  recoveryMaxBytesPerSec,
}: Deployment): Pick<ReplicaSpec, "recoveryMaxBytesPerSec"> {
  return recoveryMaxBytesPerSec === undefined ? {} : { recoveryMaxBytesPerSec };
}

/**
 * Returns the spec of the gateway: all keys of the flow's gateway except the environment and the
 * port of the admin server, which the supervisor has. `bound`: the hello of an earlier gateway of
 * this run, whose ports the next gateway gets.
 */
export function gatewaySpec(
  flow: Flow,
  bound: GatewayHello | undefined,
  paths: SpecPaths,
): Omit<GatewaySpec, "processId"> {
  const { env: _, adminPort: __, ...gateway } = flow.gateway;
  return {
    ...gateway,
    kind: "gateway",
    flow: flow.name,
    listeners: bound?.listeners ?? withLocalListener(gateway.listeners, gateway.tls !== undefined),
    controlSocket: paths.controlSocket,
  };
}

/** Returns the deployment of a worker or helper. */
export function deploymentOf(flow: Flow, planned: PlannedReplica): Deployment {
  return flow.deployments.find(({ name }) => name === planned.deployment)!;
}

function describeUses({ uses }: PlannedReplica): string {
  if (uses === undefined) return "";
  if (uses.kind === "python") return uses.uses ?? uses.modules[0] ?? "";
  return uses.kind === "file" ? uses.path : uses.name;
}
