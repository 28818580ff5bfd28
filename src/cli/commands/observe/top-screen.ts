import type { ChalkInstance } from "chalk";
import type { FlowState } from "../../../model/control/flow-state.ts";
import type { ReplicaStatus } from "../../../model/control/status.ts";
import { isWithin, parseAddress } from "../../../model/address.ts";
import { countOf } from "../../../util/text/count-of.ts";
import { formatBytes } from "../../../util/text/format-bytes.ts";
import { cutText } from "../../terminal/display-text.ts";
import { formatTable, orDash, type Column } from "../../terminal/table.ts";
import { formatAge, formatMs } from "../../terminal/units.ts";
import { trafficColumns } from "../inspect/ps-columns.ts";

/** The sort order of `jflow top`, the largest value first. */
export const SORT_KEYS = {
  cpu: ({ cpu }) => cpu,
  rss: ({ rssBytes }) => rssBytes,
  qps: ({ qps }) => qps,
  p99: ({ p99Ms }) => p99Ms,
  "in-flight": ({ inflight }) => inflight,
  errors: ({ errors }) => errors,
  restarts: ({ restarts }) => restarts,
  docs: ({ docs }) => docs,
} as const satisfies Readonly<Record<string, (row: ReplicaStatus) => number | null>>;

export type SortKey = keyof typeof SORT_KEYS;

/** The keys that select an order while `jflow top` runs. */
export const SORT_LETTERS: Readonly<Record<string, SortKey>> = {
  c: "cpu",
  m: "rss",
  r: "qps",
  l: "p99",
  i: "in-flight",
  e: "errors",
};

export const KEYS = "q quit, sort by: c cpu, m rss, r rate, l latency, i in flight, e errors";

/** Returns the rows within an address. Rows without a value are the last. */
export function sortRows(
  rows: readonly ReplicaStatus[],
  key: SortKey,
  address: string | undefined,
): readonly ReplicaStatus[] {
  const wanted = address === undefined ? undefined : parseAddress(address);
  const value = (row: ReplicaStatus): number => SORT_KEYS[key](row) ?? Number.NEGATIVE_INFINITY;
  return rows
    .filter((row) => wanted === undefined || isWithin(parseAddress(row.address), wanted))
    .toSorted((a, b) => (value(b) === value(a) ? 0 : value(b) - value(a)));
}

export interface TopOptions {
  readonly key: SortKey;
  readonly address: string | undefined;
  /** That of a terminal; undefined in a pipe. */
  readonly width: number | undefined;
  readonly paint: ChalkInstance;
}

/** Returns the lines of `jflow top`: the flow, its traffic, and the replicas in order. */
export function renderTop(
  state: FlowState,
  { key, address, width, paint }: TopOptions,
): readonly string[] {
  const rows = sortRows(state.replicas, key, address);
  const head = headLines(state, key).map((line) =>
    width === undefined ? line : cutText(line, width),
  );
  return [...head, "", ...formatTable(topColumns(paint), rows, width).split("\n")];
}

function headLines({ at, flow, replicas, deployments, resourceSource }: FlowState, key: SortKey) {
  const ready = replicas.filter((row) => row.ready).length;
  const age = formatAge(Date.parse(at) - Date.parse(flow.startedAt));
  const gateway = deployments.find(({ kind }) => kind === "gateway")?.traffic;
  const { qps = null, p50Ms = null, p99Ms = null, inFlight = 0, errors = 0 } = gateway ?? {};
  const queued = deployments.reduce((sum, { traffic }) => sum + traffic.queued, 0);
  const cpu = replicas.reduce((sum, row) => sum + (row.cpu ?? 0), 0);
  const rss = replicas.reduce((sum, row) => sum + (row.rssBytes ?? 0), 0);
  const resources =
    resourceSource === "none"
      ? "CPU and RSS are not known on this system"
      : `CPU ${cpu}%  RSS ${formatBytes(rss)}`;
  return [
    `${flow.name}  ${flow.health}  ${ready}/${replicas.length} ready  up ${age}  sorted by ${key}`,
    `requests ${(qps ?? 0).toFixed(1)}/s  p50 ${orDash(p50Ms, formatMs)}  p99 ${orDash(p99Ms, formatMs)}  ${inFlight} in flight  ${queued} queued  ${countOf(errors, "error")}`,
    resources,
  ] as const;
}

function topColumns(paint: ChalkInstance): readonly Column<ReplicaStatus>[] {
  const { inFlight, qps, p50, p99, cpu, rss } = trafficColumns<ReplicaStatus>();
  return [
    { title: "NAME", value: (row) => row.address },
    {
      title: "STATE",
      value: (row) => row.state,
      paint: (cell, row) => (row.ready ? paint.green(cell) : paint.yellow(cell)),
    },
    cpu,
    rss,
    qps,
    p50,
    p99,
    inFlight,
    { title: "ERRORS", value: (row) => String(row.errors), align: "right", drop: 9 },
    { title: "RESTARTS", value: (row) => String(row.restarts), align: "right", drop: 10 },
    { title: "DOCS", value: (row) => orDash(row.docs), align: "right", drop: 11 },
  ];
}
