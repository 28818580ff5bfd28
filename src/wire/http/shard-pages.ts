import type { HealthReport, ShardStatus } from "../../model/control/status.ts";
import { replyJson, replyText, type HttpReply } from "./http-reply.ts";

const COLUMNS = [
  "index",
  "shard",
  "prirep",
  "state",
  "docs",
  "store",
  "address",
  "pid",
  "reason",
] as const;

function toRow(shard: ShardStatus): readonly string[] {
  const role = shard.role === "primary" ? "p" : "r";
  const { executor, docs, storeBytes, address, pid, reason } = shard;
  return [executor, shard.shard, role, shard.state, docs, storeBytes, address, pid, reason].map(
    (cell) => String(cell ?? "-"),
  );
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length), 0));
  const renderRow = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join(" ")
      .trimEnd();
  return rows.map((row) => `${renderRow(row)}\n`).join("");
}

/**
 * Replies to `GET /_cat/shards`: Elasticsearch's columns as text (`?v` adds a header), or the rows
 * of `jflow shards` with `?format=json`.
 */
export function replyCatShards(shards: readonly ShardStatus[], query: URLSearchParams): HttpReply {
  if (query.get("format") === "json") return replyJson(200, { schema: "jflow.shards/v1", shards });
  const rows = shards.map(toRow);
  return replyText(200, renderTable(query.has("v") ? [COLUMNS, ...rows] : rows));
}

/**
 * Replies to `GET /_cluster/health`: 200 for green and yellow, 503 for red. A plain probe can use
 * the status.
 */
export function replyClusterHealth(flow: string, health: HealthReport): HttpReply {
  return replyJson(health.status === "red" ? 503 : 200, { cluster_name: flow, ...health });
}
