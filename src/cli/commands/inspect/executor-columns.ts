import type { ChalkInstance } from "chalk";
import type { DeploymentStatus } from "../../../model/control/flow-state.ts";
import { orDash, type Column } from "../../terminal/table.ts";
import { trafficColumns, type TrafficRow } from "./ps-columns.ts";

/** One row of `jflow ps --by executor`. */
export type ExecutorRow = DeploymentStatus & TrafficRow;

export function toExecutorRow(deployment: DeploymentStatus): ExecutorRow {
  const { inFlight, qps, p50Ms, p99Ms } = deployment.traffic;
  return { ...deployment, inflight: inFlight, qps, p50Ms, p99Ms };
}

/** Returns the columns of `jflow ps --by executor`. */
export function executorColumns(paint: ChalkInstance): readonly Column<ExecutorRow>[] {
  const { inFlight, qps, p50, p99, cpu, rss } = trafficColumns<ExecutorRow>();
  return [
    { title: "NAME", value: (row) => row.name },
    { title: "READY", value: (row) => `${row.ready}/${row.replicas}` },
    {
      title: "HEALTH",
      value: (row) => row.health,
      paint: (cell, row) => paint[row.health](cell),
    },
    { title: "SHARDS", value: (row) => String(row.shards), align: "right", drop: 10 },
    { title: "DOCS", value: (row) => orDash(row.docs), align: "right", drop: 1 },
    qps,
    p50,
    p99,
    inFlight,
    { title: "QUEUED", value: (row) => String(row.traffic.queued), align: "right", drop: 9 },
    { title: "ERRORS", value: (row) => String(row.traffic.errors), align: "right", drop: 8 },
    cpu,
    rss,
    { title: "RESTARTS", value: (row) => String(row.restarts), align: "right", drop: 3 },
  ];
}
