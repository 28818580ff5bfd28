import { join } from "node:path";
import type { Deployment, Flow, PlannedReplica } from "../../flow/flow.ts";
import type {
  ExecutorModule,
  GatewayHello,
  GatewaySpec,
  ReplicaSpec,
} from "../../model/replica.ts";
import { withLocalListener } from "./listeners.ts";
import { helperName, isHelper } from "./planned-replica.ts";

/** Children listen on loopback only; the gateway is what others reach. */
export const WORKER_HOST = "127.0.0.1";

/** What a spec is made of beside the flow. */
export interface SpecPlaces {
  readonly controlSocket: string;
  /** The workspace unless the flow file names one. */
  readonly data: string;
}

/** `<workspace>/<deployment>/<shard>/<replica>`. */
export function workspaceOf(
  flow: Flow,
  deployment: Deployment,
  planned: PlannedReplica,
  places: SpecPlaces,
): string {
  const root = deployment.workspace ?? flow.workspace ?? places.data;
  return join(root, helperName(planned), String(planned.shard), String(planned.replica));
}

/** `<workspace>/<deployment>`: where all its copies lie. */
export function deploymentFolder(
  flow: Flow,
  name: string,
  places: Pick<SpecPlaces, "data">,
): string {
  const deployment = flow.deployments.find((candidate) => candidate.name === name);
  return join(deployment?.workspace ?? flow.workspace ?? places.data, name);
}

/**
 * A worker, or the process of a `uses_before` or `uses_after`: those are one shard with one replica
 * and have no configuration of their own.
 */
export function workerSpec(
  flow: Flow,
  planned: PlannedReplica,
  module: ExecutorModule,
  places: SpecPlaces,
): Omit<ReplicaSpec, "processId"> {
  const deployment = deploymentOf(flow, planned);
  const helper = isHelper(planned);
  return {
    kind: "worker",
    mode: "run",
    flow: flow.name,
    address: planned.address,
    deployment: helperName(planned),
    shard: planned.shard,
    shards: helper ? 1 : deployment.shards,
    replica: planned.replica,
    replicas: helper ? 1 : deployment.replicas,
    module: {
      path: module.path,
      ...(module.exportName === undefined ? {} : { exportName: module.exportName }),
      ...(module.python === undefined ? {} : { python: module.python }),
    },
    uses: helper ? describeUses(planned) : deployment.usesText,
    usesWith: helper ? {} : deployment.usesWith,
    ...(helper || deployment.usesRequests === undefined
      ? {}
      : { usesRequests: deployment.usesRequests }),
    workspace: workspaceOf(flow, deployment, planned, places),
    durability: deployment.durability,
    host: WORKER_HOST,
    ...(planned.port === undefined ? {} : { port: planned.port }),
    controlSocket: places.controlSocket,
    maxMessageBytes: flow.gateway.maxMessageBytes,
    exitOnExceptions: deployment.exitOnExceptions,
  };
}

/** The gateway; once it has bound ports, a new one gets the same. */
export function gatewaySpec(
  flow: Flow,
  bound: GatewayHello | undefined,
  places: SpecPlaces,
): Omit<GatewaySpec, "processId"> {
  const { env: _env, ...gateway } = flow.gateway;
  return {
    ...gateway,
    kind: "gateway",
    flow: flow.name,
    listeners: bound?.listeners ?? withLocalListener(gateway.listeners, gateway.tls !== undefined),
    adminPort: bound?.adminPort ?? gateway.adminPort,
    controlSocket: places.controlSocket,
  };
}

/** The deployment that a worker or helper belongs to. */
export function deploymentOf(flow: Flow, planned: PlannedReplica): Deployment {
  return flow.deployments.find(({ name }) => name === planned.deployment)!;
}

function describeUses({ uses }: PlannedReplica): string {
  if (uses === undefined) return "";
  if (uses.kind === "python") return uses.uses ?? uses.modules[0] ?? "";
  return uses.kind === "file" ? uses.path : uses.name;
}
