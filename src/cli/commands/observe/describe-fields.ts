import type { DeploymentTraffic, ReplicaTraffic } from "../../../model/control/messages.ts";
import type { ReplicaStatus, ShardStatus } from "../../../model/control/status.ts";
import { formatBytes } from "../../../util/text/format-bytes.ts";
import { countOf } from "../../../util/text/count-of.ts";
import { toOneLine } from "../../terminal/display-text.ts";
import { orDash } from "../../terminal/table.ts";
import { formatAge, formatMs } from "../../terminal/units.ts";

/** A label and its lines. */
export type Field = readonly [label: string, ...lines: readonly string[]];

/** The last lines of stderr that are shown. */
const MAX_TAIL_LINES = 5;
const LABEL_WIDTH = 14;

/** Formats fields as `Label:  value`. Further lines of a field are indented. */
export function formatFields(fields: readonly Field[]): readonly string[] {
  return fields.flatMap(([label, ...lines]) =>
    lines.map((line, index) => `${(index === 0 ? `${label}:` : "").padEnd(LABEL_WIDTH)}${line}`),
  );
}

/** `now` is the time from which ages count. */
export function describeState(row: ReplicaStatus, now: number): string {
  const retry = row.retryInMs === null ? "" : `, restarts in ${formatMs(row.retryInMs)}`;
  const since = row.startedAt === null ? "" : `, started ${ageOf(row.startedAt, now)} ago`;
  return `${row.state}${retry}${since}`;
}

export function describeProcess(row: ReplicaStatus): string {
  if (row.external) return "another system runs the replica";
  if (row.pid === null) return "none";
  return `pid ${row.pid}, port ${orDash(row.port)}, id ${orDash(row.processId)}, config ${row.configHash}`;
}

export function describeResources({
  cpu,
  rssBytes,
}: Pick<ReplicaStatus, "cpu" | "rssBytes">): string {
  if (cpu === null && rssBytes === null) return "not known";
  return `CPU ${orDash(cpu, (share) => `${Math.round(share)}%`)} of one core, RSS ${orDash(rssBytes, formatBytes)}`;
}

export function describeTraffic(traffic: ReplicaTraffic | DeploymentTraffic): string {
  const { requests, errors, inFlight, qps, p50Ms, p99Ms } = traffic;
  const rate =
    qps === null || p50Ms === null || p99Ms === null
      ? "no call in the last 10 s"
      : `${qps.toFixed(1)}/s, p50 ${formatMs(p50Ms)}, p99 ${formatMs(p99Ms)} in the last 10 s`;
  const queued = "queued" in traffic && traffic.queued > 0 ? `, ${traffic.queued} queued` : "";
  return `${rate}; ${inFlight} in flight${queued}; ${countOf(requests, "call")}, ${countOf(errors, "error")}`;
}

export function describeCopy({ state, term, inSync, ...copy }: ShardStatus): string {
  const set = inSync ? "in the in-sync set" : "not in the in-sync set";
  const checkpoints = `checkpoints: local ${orDash(copy.localCheckpoint)}, global ${orDash(copy.globalCheckpoint)}`;
  return `${state}, ${set}, term ${term}, ${checkpoints}`;
}

export function describeDisk({ storeBytes, disk }: ShardStatus): string {
  if (disk === null) return orDash(storeBytes, formatBytes);
  const log = `log ${formatBytes(disk.logBytes)} of at most ${formatBytes(disk.maxLogBytes)}`;
  return `${orDash(storeBytes, formatBytes)}: ${log}, snapshots ${formatBytes(disk.snapshotBytes)}`;
}

/** The lines about the last exit, with the last lines that the process wrote. */
export function describeLastExit(
  lastExit: ReplicaStatus["lastExit"],
  now: number,
): readonly [string, ...string[]] {
  if (lastExit === null) return ["none"];
  const { code, signal, at, stderrTail } = lastExit;
  const exit = code === null ? "did not start" : `exited with code ${code}`;
  const end = signal === null ? exit : `killed by ${signal}`;
  const tail = stderrTail.filter((line) => line.trim() !== "").slice(-MAX_TAIL_LINES);
  return [`${end}, ${ageOf(at, now)} ago`, ...tail.map((line) => `| ${toOneLine(line)}`)];
}

function ageOf(at: string, now: number): string {
  return formatAge(now - Date.parse(at));
}
