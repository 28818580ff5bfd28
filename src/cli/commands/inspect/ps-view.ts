import type { ChalkInstance } from "chalk";
import type { FlowState } from "../../../model/control/flow-state.ts";
import type { FlowStatus, ReplicaStatus } from "../../../model/control/status.ts";
import { isWithin, parseAddress } from "../../../model/address.ts";
import { rowsWithin } from "../../flows/rows-within.ts";
import { formatTable } from "../../terminal/table.ts";
import { executorColumns, toExecutorRow } from "./executor-columns.ts";
import { replicaColumns } from "./ps-columns.ts";

/** The state of a flow that `jflow ps` shows. */
export interface PsView {
  readonly flow: FlowStatus["flow"];
  /** The replicas that are shown; empty by executor. */
  readonly replicas: readonly ReplicaStatus[];
  /** The document of `-o json`. */
  readonly document: object;
  readonly rows: readonly PsRow[];
  /** Returns a header and a line for each row. `width` is that of a terminal. */
  lines(width: number | undefined): readonly string[];
}

export interface PsRow {
  readonly name: string;
  /** Differs after a change that `--watch` reports: not for traffic, CPU and memory. */
  readonly fingerprint: string;
}

export interface PsViewOptions {
  readonly address: string | undefined;
  readonly wide: boolean;
  readonly paint: ChalkInstance;
  /** An address without replicas has no rows, and is not refused. */
  readonly mayBeGone?: boolean;
}

/** Throws `NOT_FOUND` if the flow has no such address. */
function select(
  rows: readonly ReplicaStatus[],
  { address, mayBeGone = false }: PsViewOptions,
): readonly ReplicaStatus[] {
  if (!mayBeGone || address === undefined) return rowsWithin(rows, address);
  const wanted = parseAddress(address);
  return rows.filter((row) => isWithin(parseAddress(row.address), wanted));
}

export function viewReplicas(
  { flow, replicas: all }: Pick<FlowStatus, "flow" | "replicas">,
  options: PsViewOptions,
): PsView {
  const replicas = select(all, options);
  const columns = replicaColumns(replicas, options.wide, options.paint);
  return {
    flow,
    replicas,
    document: { schema: "jflow.ps/v1", flow, replicas },
    rows: replicas.map((row) => ({ name: row.address, fingerprint: fingerprintOf(row) })),
    lines: (width) => formatTable(columns, replicas, width).split("\n"),
  };
}

function fingerprintOf({ state, role, pid, docs, restarts, problem }: ReplicaStatus): string {
  return JSON.stringify([state, role, pid, docs, restarts, problem]);
}

/** Throws `NOT_FOUND` if the flow has no such address. */
export function viewExecutors(
  { flow, deployments: all, replicas }: FlowState,
  options: PsViewOptions,
): PsView {
  const wanted = new Set(select(replicas, options).map(({ executor }) => executor));
  const deployments = all.filter(({ name }) => wanted.has(name));
  const rows = deployments.map(toExecutorRow);
  return {
    flow,
    replicas: [],
    document: { schema: "jflow.ps/v1", flow, deployments },
    rows: deployments.map(({ name, health, ready, replicas: planned, docs, restarts }) => ({
      name,
      fingerprint: JSON.stringify([health, ready, planned, docs, restarts]),
    })),
    lines: (width) => formatTable(executorColumns(options.paint), rows, width).split("\n"),
  };
}
