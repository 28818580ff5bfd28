import type { ReplicaTraffic } from "../../model/control/messages.ts";
import type { ReplicaStatus } from "../../model/control/status.ts";
import { describeState, stateName } from "../describe/replica-text.ts";
import { isFailed } from "../decide/lifecycle/replica-state.ts";
import { helperName } from "../decide/planned-replica.ts";
import type { ExternalReplica } from "../external/external-replicas.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import type { ResourceMeter } from "./resource-meter.ts";

/** Returns a row for each replica, the gateway first. */
export function describeReplicas(
  supervisor: FlowSupervisor,
  meter: ResourceMeter,
): readonly ReplicaStatus[] {
  return [
    ...gatewayFirst(supervisor.replicas).map((replica) =>
      describeReplica(replica, supervisor, meter),
    ),
    ...supervisor.external.all.map((replica) =>
      describeExternal(replica, supervisor.facts.traffic.of(replica.address)),
    ),
  ];
}

function gatewayFirst(replicas: readonly ReplicaProcess[]): readonly ReplicaProcess[] {
  const isGateway = ({ planned }: ReplicaProcess): boolean => planned.part === "gateway";
  return [...replicas.filter(isGateway), ...replicas.filter((replica) => !isGateway(replica))];
}

function describeReplica(
  replica: ReplicaProcess,
  supervisor: FlowSupervisor,
  meter: ResourceMeter,
): ReplicaStatus {
  const { planned, state, report } = replica;
  const isGateway = planned.part === "gateway";
  return {
    address: replica.address,
    executor: helperName(planned),
    shard: isGateway ? null : planned.shard,
    replica: planned.replica,
    role: supervisor.shards.roleOf(replica),
    state: stateName(state),
    ready: state.name === "ready",
    problem:
      supervisor.openFiles.problemOf(replica.address) ??
      supervisor.facts.memoryProblems.get(replica.address) ??
      describeProblem(state),
    retryInMs:
      state.name === "backoff"
        ? Math.max(0, Math.round(state.diedAt + state.delayMs - supervisor.clock.now()))
        : null,
    pid: replica.keptPid ?? replica.pid,
    port: portOf(replica),
    processId: replica.processId,
    docs: report.docs,
    ...describeTraffic(supervisor.facts.traffic.of(replica.address, replica.processId)),
    ...meter.measure(replica, performance.now()),
    restarts: replica.restarts,
    lastExit: describeLastExit(replica),
    external: false,
    configHash: replica.launch.configHash,
    startedAt: replica.processId === null ? null : (replica.startedAt?.toISOString() ?? null),
  };
}

/** Why a replica that should serve does not. */
function describeProblem(state: ReplicaProcess["state"]): string | null {
  return isFailed(state) || state.name === "unhealthy" ? describeState(state) : null;
}

/** The supervisor does not start or restart external replicas. */
function describeExternal(
  replica: ExternalReplica,
  traffic: ReplicaTraffic | undefined,
): ReplicaStatus {
  const { address, deployment, state, target } = replica;
  return {
    address,
    executor: deployment,
    shard: 0,
    replica: replica.replica,
    role: null,
    state,
    ready: state === "ready",
    problem: null,
    retryInMs: null,
    pid: null,
    port: Number(target.slice(target.lastIndexOf(":") + 1)),
    processId: null,
    docs: null,
    ...describeTraffic(traffic),
    rssBytes: null,
    cpu: null,
    restarts: 0,
    lastExit: null,
    external: true,
    configHash: "",
    startedAt: null,
  };
}

function describeTraffic(
  traffic: ReplicaTraffic | undefined,
): Pick<ReplicaStatus, "requests" | "errors" | "inflight" | "qps" | "p50Ms" | "p99Ms"> {
  if (traffic === undefined)
    return { requests: 0, errors: 0, inflight: 0, qps: null, p50Ms: null, p99Ms: null };
  const { requests, errors, inFlight, qps, p50Ms, p99Ms } = traffic;
  return { requests, errors, inflight: inFlight, qps, p50Ms, p99Ms };
}

function describeLastExit({ lastExit }: ReplicaProcess): ReplicaStatus["lastExit"] {
  if (lastExit === undefined) return null;
  return {
    code: lastExit.code,
    signal: lastExit.signal,
    at: lastExit.at,
    stderrTail: lastExit.tail,
    ...(lastExit.reason === undefined ? {} : { reason: lastExit.reason }),
  };
}

function portOf({ report: { hello } }: ReplicaProcess): number | null {
  if (hello === undefined) return null;
  return hello.kind === "worker" ? hello.port : (hello.listeners[0]?.port ?? null);
}
