import type { ChalkInstance } from "chalk";
import type { ReplicaStatus } from "../../../model/control/status.ts";
import { orDash, type Column } from "../../terminal/table.ts";
import { formatBytes } from "../../../util/text/format-bytes.ts";
import { formatAge, formatMs } from "../../terminal/units.ts";

/** The traffic and the resources of a replica or an executor. */
export type TrafficRow = Pick<
  ReplicaStatus,
  "inflight" | "qps" | "p50Ms" | "p99Ms" | "cpu" | "rssBytes"
>;

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
  const column = {
    name: { title: "NAME", value: (row) => row.executor },
    shard: { title: "SHARD", value: (row) => orDash(row.shard, String) },
    replica: { title: "REPLICA", value: (row) => String(row.replica) },
    state: { title: "STATE", value: stateText, paint: (cell, row) => paintState(cell, row, paint) },
    role: { title: "ROLE", value: (row) => orDash(row.role), drop: 10 },
    pid: { title: "PID", value: (row) => orDash(row.pid, String), align: "right", drop: 1 },
    port: { title: "PORT", value: (row) => orDash(row.port, String), align: "right", drop: 9 },
    docs: {
      title: "DOCS",
      value: (row) => orDash(row.docs, String) + (unequal.has(row.address) ? "*" : ""),
      align: "right",
      drop: 1,
    },
    requests: { title: "REQS", value: (row) => String(row.requests), align: "right", drop: 11 },
    errors: { title: "ERRORS", value: errorsText, align: "right", drop: 15 },
    ...trafficColumns(),
    restarts: { title: "RESTARTS", value: restartsText, short: { value: countRestarts }, drop: 3 },
    lastExit: { title: "LAST-EXIT", value: lastExitText, drop: 12 },
    age: {
      title: "AGE",
      value: (row) => orDash(row.startedAt, (at) => formatAge(Date.now() - Date.parse(at))),
      align: "right",
      drop: 8,
    },
  } satisfies Record<string, Column<ReplicaStatus>>;
  const { name, shard, replica, state, role, pid, port, docs, requests, errors } = column;
  const { inFlight, qps, p50, p99, cpu, rss, restarts, lastExit, age } = column;
  const head = [name, shard, replica, state];
  if (!wide) return [...head, port, docs, qps, p99, inFlight, cpu, rss, restarts, age];
  const traffic = [requests, errors, inFlight, qps, p50, p99];
  return [...head, role, pid, port, docs, ...traffic, cpu, rss, restarts, lastExit, age];
}

/** Returns the columns of the traffic and the resources of a replica or an executor. */
export function trafficColumns<Row extends TrafficRow>() {
  return {
    inFlight: {
      title: "IN-FLIGHT",
      short: { title: "INFL" },
      value: (row) => String(row.inflight),
      align: "right",
      drop: 6,
    },
    qps: {
      title: "QPS",
      value: (row) => orDash(row.qps, (rate) => rate.toFixed(1)),
      align: "right",
      drop: 2,
    },
    p50: { title: "P50", value: (row) => orDash(row.p50Ms, formatMs), align: "right", drop: 14 },
    p99: { title: "P99", value: (row) => orDash(row.p99Ms, formatMs), align: "right", drop: 7 },
    cpu: {
      title: "CPU",
      value: (row) => orDash(row.cpu, (share) => `${Math.round(share)}%`),
      align: "right",
      drop: 5,
    },
    rss: {
      title: "RSS",
      value: (row) => orDash(row.rssBytes, formatBytes),
      align: "right",
      drop: 4,
    },
  } as const satisfies Record<string, Column<Row>>;
}

function stateText(row: ReplicaStatus): string {
  if (row.state === "backoff" && row.retryInMs !== null)
    return `backoff(${formatAge(row.retryInMs)})`;
  return row.external ? `external:${row.state}` : row.state;
}

/** The status of an older supervisor has no errors. */
function errorsText({ errors }: ReplicaStatus): string {
  return typeof errors === "number" ? String(errors) : "-";
}

function countRestarts(row: ReplicaStatus): string {
  return String(row.restarts);
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
