import type { JournalEvent } from "../../../model/control/events.ts";
import type {
  DeploymentStatus,
  FlowState,
  ShardSummary,
} from "../../../model/control/flow-state.ts";
import type { ReplicaStatus } from "../../../model/control/status.ts";
import type { Address } from "../../../model/address.ts";
import { countOf } from "../../../util/text/count-of.ts";
import { orDash } from "../../terminal/table.ts";
import {
  describeCopy,
  describeDisk,
  describeLastExit,
  describeProcess,
  describeResources,
  describeState,
  describeTraffic,
  formatFields,
  type Field,
} from "./describe-fields.ts";
import type { EventLines } from "./event-lines.ts";

/** The events that are shown. */
const MAX_EVENTS = 10;

/** The parts of a flow that `jflow describe` shows. */
export interface DescribedTarget {
  readonly state: FlowState;
  readonly address: Address;
  /** The replicas within the address: at least one. */
  readonly replicas: readonly ReplicaStatus[];
  /** The lines of `jflow explain`. */
  readonly explanation: readonly string[];
  /** The events of the address. */
  readonly events: readonly JournalEvent[];
}

/** Returns the lines about a replica, a shard or an executor. */
export function describeTarget(target: DescribedTarget, lines: EventLines): readonly string[] {
  const { state, address, replicas, events, explanation } = target;
  const [first] = replicas;
  const deployment = state.deployments.find(({ name }) => name === address.deployment);
  const shard = state.shards.find(
    (each) => each.executor === address.deployment && each.shard === (address.shard ?? 0),
  );
  const head =
    address.replica !== undefined || first?.shard === null
      ? replicaFields(state, first!, deployment)
      : address.shard === undefined
        ? deploymentFields(deployment)
        : shardFields(shard);
  const parts = replicas.length > 1 ? replicas.map((row) => listed(row, Date.parse(state.at))) : [];
  const shown = events.slice(-MAX_EVENTS);
  lines.widen(shown);
  return [
    ...formatFields(head),
    ...section("Replicas", parts),
    ...section("Explanation", explanation),
    ...section(
      "Events",
      shown.map((event) => lines.format(event)),
      "none since the supervisor runs",
    ),
    ...section("Next", adviseOn(target)),
  ];
}

function section(title: string, lines: readonly string[], none?: string): readonly string[] {
  if (lines.length === 0) return none === undefined ? [] : [`${title}:`.padEnd(14) + none];
  return [`${title}:`, ...lines.map((line) => `  ${line}`)];
}

function replicaFields(
  state: FlowState,
  row: ReplicaStatus,
  deployment: DeploymentStatus | undefined,
): readonly Field[] {
  const now = Date.parse(state.at);
  const copy = state.copies.find(({ address }) => address === row.address);
  const { requests, errors, inflight, qps, p50Ms, p99Ms } = row;
  return [
    ["Name", row.address],
    ["Executor", `${row.executor}${usesOf(deployment)}`],
    ["State", describeState(row, now)],
    ...(row.problem === null ? [] : [["Problem", row.problem] as const]),
    ...(copy === undefined ? [] : [["Role", row.role ?? "-"] as const]),
    ...(copy === undefined ? [] : [["Copy", describeCopy(copy)] as const]),
    ...(row.docs === null ? [] : [["Documents", String(row.docs)] as const]),
    ...(copy === undefined ? [] : [["Disk", describeDisk(copy)] as const]),
    ["Process", describeProcess(row)],
    ["Resources", describeResources(row)],
    ["Traffic", describeTraffic({ requests, errors, inFlight: inflight, qps, p50Ms, p99Ms })],
    ["Restarts", String(row.restarts)],
    ["Last exit", ...describeLastExit(row.lastExit, now)],
  ];
}

function shardFields(shard: ShardSummary | undefined): readonly Field[] {
  if (shard === undefined) return [];
  const { address, executor, status, reason, primary, term, docs } = shard;
  return [
    ["Name", address],
    ["Executor", executor],
    ["Health", reason === null ? status : `${status}: ${reason}`],
    ...(term === null ? [] : [["Primary", `${primary ?? "none"}, term ${term}`] as const]),
    ...(docs === null ? [] : [["Documents", String(docs)] as const]),
  ];
}

function deploymentFields(deployment: DeploymentStatus | undefined): readonly Field[] {
  if (deployment === undefined) return [];
  const { name, kind, health, shards, replicas, ready, stateful, endpoints, needs } = deployment;
  return [
    ["Name", name],
    ["Kind", `${kind}${usesOf(deployment)}${stateful === true ? ", with state" : ""}`],
    ["Health", `${health}, ${ready}/${replicas} replicas ready, ${countOf(shards, "shard")}`],
    ["Needs", needs.join(", ") || "-"],
    ["Endpoints", listEndpoints(endpoints)],
    ["Documents", orDash(deployment.docs)],
    ["Resources", describeResources(deployment)],
    ["Traffic", describeTraffic(deployment.traffic)],
    ["Restarts", String(deployment.restarts)],
  ];
}

/** Endpoints that begin with `_` are for the gateway. */
function listEndpoints(endpoints: readonly string[] | null): string {
  if (endpoints === null) return "not known";
  return endpoints.filter((name) => !name.startsWith("/_")).join(" ") || "none";
}

function usesOf(deployment: DeploymentStatus | undefined): string {
  return deployment === undefined || deployment.uses === "" ? "" : ` (${deployment.uses})`;
}

function listed(row: ReplicaStatus, now: number): string {
  const role = row.role === null ? "" : `${row.role}, `;
  return `${row.address}  ${role}${describeState(row, now)}`;
}

/** Returns the commands that help with what is described. */
function adviseOn({ replicas }: DescribedTarget): readonly string[] {
  const stopped = replicas.filter(({ state }) => state === "failed" || state === "stopped");
  const [troubled] = replicas.filter(({ ready, external }) => !ready && !external);
  const [exited] = replicas.filter(({ lastExit }) => lastExit !== null);
  return [
    ...stopped.map(({ address }) => `jflow start ${address} starts the replica again`),
    ...[troubled ?? exited]
      .filter((row) => row !== undefined)
      .map(({ address }) => `jflow logs ${address} shows what the process wrote`),
  ];
}
