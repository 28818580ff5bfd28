import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Deployment, Flow, PlannedReplica } from "../../flow/flow.ts";
import type { GatewayHello, ReplicaSpec } from "../../model/replica.ts";
import type { ReshardTask } from "../../model/reshard.ts";
import { INSTALLATION } from "../compile/load-modules.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { childEnvironment } from "../decide/child-environment.ts";
import { deploymentOf, gatewaySpec, workerSpec, workspaceOf } from "../decide/child-specs.ts";
import { fitsListeners } from "../decide/listeners.ts";
import { helperName, isHelper } from "../decide/planned-replica.ts";
import type { Launch } from "../plan/launch.ts";
import type { Assembly } from "./assemble.ts";
import { GATEWAY_READY_MS, STOP_DRAIN_MS } from "../../util/limits/processes.ts";

export const WORKER_ENTRY = join(INSTALLATION, "worker", "main.js");
const GATEWAY_ENTRY = join(INSTALLATION, "gateway", "main.js");
/**
 * V8 starts with a small heap, and collects the whole heap every few requests of 100 KB. This start
 * size saves half of the CPU time of such a request and costs about 20 MB.
 */
const ROOM_FOR_MESSAGES = "--initial-old-space-size=64";

/** Returns how the process of a worker or a helper is started. */
export function launchWorker(assembly: Assembly, planned: PlannedReplica): Launch {
  const { flow, modules, specPaths } = assembly;
  const deployment = deploymentOf(flow, planned);
  const module = modules.get(`${helperName(planned)}/0/0`)!;
  const spec = workerSpec(flow, planned, module, specPaths);
  return {
    entry: WORKER_ENTRY,
    nodeOptions: module.isCompiled
      ? [ROOM_FOR_MESSAGES, "--enable-source-maps"]
      : [ROOM_FOR_MESSAGES],
    env: environmentOf(assembly, deployment, planned),
    cwd: flow.directory,
    timeoutReadyMs: deployment.timeoutReadyMs,
    ...supervisionOf(deployment),
    configHash: hashOf([withoutLight(spec), deployment.env]),
    spec: (processId) => ({ ...spec, controlSocket: specPaths.controlSocket, processId }),
  };
}

/** Returns how the worker of one step of a reshard is started. */
export function launchTask(
  assembly: Assembly,
  name: string,
  place: {
    readonly shard: number;
    readonly shards: number;
    readonly workspace: string;
    readonly task: ReshardTask;
  },
): Pick<Launch, "entry" | "nodeOptions" | "env" | "cwd" | "spec"> {
  const first = assembly.plan.find(({ address }) => address === `${name}/0/0`)!;
  const launch = launchWorker(assembly, { ...first, shard: place.shard });
  return {
    entry: launch.entry,
    nodeOptions: launch.nodeOptions,
    env: launch.env,
    cwd: launch.cwd,
    spec: (processId) => ({
      ...(launch.spec(processId) as ReplicaSpec),
      ...place,
      mode: "reshard",
    }),
  };
}

/**
 * Returns how the gateway is started. `bound` returns the ports of an earlier gateway of this run.
 */
export function launchGateway(
  { flow, specPaths, deps }: Assembly,
  bound: () => GatewayHello | undefined,
): Launch {
  return {
    entry: GATEWAY_ENTRY,
    nodeOptions: [ROOM_FOR_MESSAGES],
    env: childEnvironment({
      process: deps.env,
      deployment: flow.gateway.env,
      place: {
        flow: flow.name,
        executor: "gateway",
        shard: 0,
        shards: 1,
        replica: 0,
        workspace: "",
      },
      devices: deps.devices,
    }),
    cwd: flow.directory,
    timeoutReadyMs: GATEWAY_READY_MS,
    drainTimeoutMs: gatewayDrainMs(flow),
    configHash: hashOf([withoutAdmin(flow.gateway)]),
    spec: (processId) => ({ ...gatewaySpec(flow, fitting(flow, bound()), specPaths), processId }),
  };
}

/** Returns what the supervisor needs for the time after the start. */
function supervisionOf({
  restart,
  liveness,
  memoryLimitBytes,
  drainTimeoutMs,
}: Deployment): Pick<Launch, "maxRestarts" | "liveness" | "memoryLimitBytes" | "drainTimeoutMs"> {
  return {
    drainTimeoutMs,
    ...(restart === undefined ? {} : { maxRestarts: restart.maxRestarts }),
    ...(liveness === undefined ? {} : { liveness }),
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
}

/** The requests in the gateway wait for the executors. */
function gatewayDrainMs({ deployments }: Flow): number {
  const longest = deployments.map(({ drainTimeoutMs }) => drainTimeoutMs);
  return Math.max(STOP_DRAIN_MS, ...longest);
}

/** A changed flow file may name other ports than those of the earlier gateway. */
function fitting({ gateway }: Flow, bound: GatewayHello | undefined): GatewayHello | undefined {
  return bound !== undefined && fitsListeners(gateway, bound) ? bound : undefined;
}

function environmentOf(
  { flow, specPaths, deps }: Assembly,
  deployment: Deployment,
  planned: PlannedReplica,
): Record<string, string> {
  return childEnvironment({
    process: deps.env,
    deployment: deployment.env,
    place: {
      flow: flow.name,
      executor: helperName(planned),
      shard: planned.shard,
      shards: isHelper(planned) ? 1 : deployment.shards,
      replica: planned.replica,
      workspace: workspaceOf(flow, deployment, planned, specPaths),
    },
    devices: deps.devices,
  });
}

/**
 * Returns how `describeExecutors` starts its children: as the first replica of the deployment, in
 * describe mode.
 */
export function describeLaunch(assembly: Assembly): {
  environmentOf(deployment: Deployment): Record<string, string>;
  specOf(deployment: Deployment, processId: string): ReplicaSpec;
} {
  const first = (deployment: Deployment): PlannedReplica =>
    assembly.plan.find(({ address }) => address === `${deployment.name}/0/0`)!;
  return {
    environmentOf: (deployment) => environmentOf(assembly, deployment, first(deployment)),
    specOf(deployment, processId) {
      const planned = first(deployment);
      const spec = workerSpec(
        assembly.flow,
        planned,
        assembly.modules.get(planned.address)!,
        assembly.specPaths,
      );
      return { ...spec, processId, mode: "describe" };
    },
  };
}

/** Leaves out what a process takes without a restart. */
function withoutLight(spec: ReturnType<typeof workerSpec>): object {
  const { replicas: _, uses: __, ...rest } = spec;
  return rest;
}

/** The admin server belongs to the supervisor. */
function withoutAdmin(gateway: Flow["gateway"]): object {
  const { adminPort: _, ...rest } = gateway;
  return rest;
}

/** The order of the keys of a mapping makes no difference. */
function hashOf(parts: readonly unknown[]): string {
  const text = JSON.stringify(parts, (_, value: unknown) =>
    isJsonObject(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
