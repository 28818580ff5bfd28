import type { ShardStatus } from "../../../model/control/status.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";
import { formatTable, orDash, type Column } from "../../terminal/table.ts";
import { formatBytes } from "../../../util/text/format-bytes.ts";
import { rowsWithin } from "../../flows/rows-within.ts";

/** A shard with more documents than this many times the mean of its executor gets a warning. */
const UNEVEN_FACTOR = 2;
/** Below this mean, shards differ by chance. */
const UNEVEN_MIN_DOCS = 100;

export const COLUMNS: readonly Column<ShardStatus>[] = [
  { title: "index", value: (row) => row.executor, drop: 1 },
  { title: "shard", value: (row) => String(row.shard), align: "right" },
  { title: "prirep", value: (row) => (row.role === "primary" ? "p" : "r") },
  { title: "state", value: (row) => row.state },
  { title: "docs", value: (row) => orDash(row.docs), align: "right" },
  { title: "store", value: (row) => orDash(row.storeBytes, formatBytes), align: "right", drop: 2 },
  { title: "node", value: (row) => row.address },
  { title: "term", value: (row) => String(row.term), align: "right", drop: 4 },
  { title: "local", value: (row) => orDash(row.localCheckpoint), align: "right", drop: 3 },
  { title: "global", value: (row) => orDash(row.globalCheckpoint), align: "right", drop: 3 },
  { title: "insync", value: (row) => (row.inSync ? "yes" : "no") },
  {
    title: "reason",
    cutTo: 8,
    value: (row) => (row.reason === null ? "-" : row.reason.replaceAll(" ", "_")),
  },
];

/** The columns of `-o wide`. */
export const WIDE: readonly Column<ShardStatus>[] = COLUMNS.flatMap((column) =>
  column.title === "store" ? [column, ...diskColumns()] : [column],
);

/** The size of the log and of the snapshots, and the size that each reaches at most. */
function diskColumns(): readonly Column<ShardStatus>[] {
  const cell = (bytes: number, most: number): string =>
    `${formatBytes(bytes)}/${formatBytes(most)}`;
  return [
    {
      title: "log/max",
      value: ({ disk }) => orDash(disk, (one) => cell(one.logBytes, one.maxLogBytes)),
      align: "right",
    },
    {
      title: "snapshots/max",
      value: ({ disk }) => orDash(disk, (one) => cell(one.snapshotBytes, one.maxSnapshotBytes)),
      align: "right",
    },
  ];
}

/**
 * `jflow shards [address]`: lists the copies of each shard with the columns of Elasticsearch's
 * `_cat/shards`, and their checkpoints. Warns about uneven shards.
 */
export async function shards(
  context: CommandContext,
  options: FlowOptions & { output: "table" | "wide" | "json" },
  address?: string,
): Promise<number> {
  const answer = await askFlow(context, options, { ask: "shards" }, "shards");
  if (answer.shards.length === 0 && options.output !== "json") {
    printNotice(
      context,
      "the flow has no replicated shards: no executor declares writes, snapshot and restore",
    );
    return EXIT.ok;
  }
  const rows = answer.shards.length === 0 ? [] : rowsWithin(answer.shards, address);
  if (options.output === "json")
    print(context, JSON.stringify({ schema: "jflow.shards/v1", shards: rows }));
  else {
    const { stdout } = context.terminal;
    const columns = options.output === "wide" ? WIDE : COLUMNS;
    print(context, formatTable(columns, rows, stdout.isTTY ? stdout.columns : undefined));
  }
  for (const warning of findUneven(rows)) printNotice(context, warning);
  return EXIT.ok;
}

/** Returns a warning for each shard with more than twice the mean of its executor. */
export function findUneven(rows: readonly ShardStatus[]): readonly string[] {
  const primaries = rows.filter((row) => row.role === "primary" && row.docs !== null);
  return primaries.flatMap((row) => {
    const peers = primaries.filter((peer) => peer.executor === row.executor);
    const mean = peers.reduce((sum, peer) => sum + peer.docs!, 0) / peers.length;
    if (peers.length < 2 || mean < UNEVEN_MIN_DOCS || row.docs! <= UNEVEN_FACTOR * mean) return [];
    return [
      `warning: ${row.executor}/${row.shard} holds ${row.docs} documents, ${(row.docs! / mean).toFixed(1)} times the mean: the routing keys are uneven`,
    ];
  });
}
