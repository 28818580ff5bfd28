import type { ChalkInstance } from "chalk";
import type { ReplicaStatus } from "../../../model/control/status.ts";
import { orDash, type Column } from "../../terminal/table.ts";
import { formatBytes } from "../../../util/text/format-bytes.ts";
import { formatAge, formatMs } from "../../terminal/units.ts";

/**
 * Returns the columns of `jflow ps`. A value that is not known is `-`, never 0. A `*` marks copies
 * of one shard with different numbers of documents.
 */
export function replicaColumns(
  rows: readonly ReplicaStatus[],
  wide: boolean,
  paint: ChalkInstance,
): readonly Column<ReplicaStatus>[] {
  const unequal = findUnequal(rows);
  const narrow: Column<ReplicaStatus>[] = [
    { title: "NAME", value: (row) => row.executor },
    { title: "SHARD", value: (row) => orDash(row.shard, String) },
    { title: "REPLICA", value: (row) => String(row.replica) },
    { title: "STATE", value: stateText, paint: (cell, row) => paintState(cell, row, paint) },
    { title: "PORT", value: (row) => orDash(row.port, String), align: "right", drop: 5 },
    {
      title: "DOCS",
      value: (row) => orDash(row.docs, String) + (unequal.has(row.address) ? "*" : ""),
      align: "right",
      drop: 1,
    },
    {
      title: "QPS",
      value: (row) => orDash(row.qps, (qps) => qps.toFixed(1)),
      align: "right",
      drop: 2,
    },
    { title: "P99", value: (row) => orDash(row.p99Ms, formatMs), align: "right", drop: 6 },
    { title: "RESTARTS", value: restartsText, drop: 3 },
    {
      title: "AGE",
      value: (row) => orDash(row.startedAt, (at) => formatAge(Date.now() - Date.parse(at))),
      align: "right",
      drop: 4,
    },
  ];
  if (!wide) return narrow;
  return [
    ...narrow.slice(0, 4),
    { title: "ROLE", value: (row) => orDash(row.role), drop: 8 },
    { title: "PID", value: (row) => orDash(row.pid, String), align: "right", drop: 1 },
    ...narrow.slice(4, 6),
    { title: "REQS", value: (row) => String(row.requests), align: "right", drop: 9 },
    { title: "INFL", value: (row) => String(row.inflight), align: "right", drop: 13 },
    narrow[6]!,
    { title: "P50", value: (row) => orDash(row.p50Ms, formatMs), align: "right", drop: 14 },
    narrow[7]!,
    { title: "RSS", value: (row) => orDash(row.rssBytes, formatBytes), align: "right", drop: 10 },
    {
      title: "CPU",
      value: (row) => orDash(row.cpu, (cpu) => `${Math.round(cpu)}%`),
      align: "right",
      drop: 11,
    },
    narrow[8]!,
    { title: "LAST-EXIT", value: lastExitText, drop: 12 },
    narrow[9]!,
  ];
}

function stateText(row: ReplicaStatus): string {
  if (row.state === "backoff" && row.retryInMs !== null)
    return `backoff(${formatAge(row.retryInMs)})`;
  return row.external ? `external:${row.state}` : row.state;
}

function restartsText(row: ReplicaStatus): string {
  if (row.restarts === 0 || row.lastExit === null) return String(row.restarts);
  return `${row.restarts} (${formatAge(Date.now() - Date.parse(row.lastExit.at))} ago)`;
}

function lastExitText(row: ReplicaStatus): string {
  if (row.lastExit === null) return "-";
  if (row.lastExit.reason !== undefined) return row.lastExit.reason;
  return row.lastExit.signal ?? String(row.lastExit.code ?? "not started");
}

function paintState(cell: string, row: ReplicaStatus, paint: ChalkInstance): string {
  if (row.ready) return paint.green(cell);
  return row.state === "failed" || row.state === "unhealthy" ? paint.red(cell) : paint.yellow(cell);
}

/**
 * Returns the addresses of the copies in shards whose copies hold different numbers of documents.
 */
function findUnequal(rows: readonly ReplicaStatus[]): ReadonlySet<string> {
  const byShard = new Map<string, ReplicaStatus[]>();
  for (const row of rows) {
    if (row.role === null || row.docs === null) continue;
    const key = `${row.executor}/${row.shard}`;
    byShard.set(key, [...(byShard.get(key) ?? []), row]);
  }
  const shards = [...byShard.values()].filter(
    (copies) => new Set(copies.map((copy) => copy.docs)).size > 1,
  );
  return new Set(shards.flat().map((copy) => copy.address));
}
