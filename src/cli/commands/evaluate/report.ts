import { formatTable, type Column } from "../../terminal/table.ts";
import { countOf } from "../../../util/text/count-of.ts";
import { listMoved, OVERLAP_DEPTH, type Evaluation, type Overlap } from "./evaluation.ts";
import { MAIN_MEASURE } from "./measures.ts";
import type { Queries } from "./read-judgements.ts";

const DIGITS = 4;
const MOVED_QUERIES = 10;
const MIN_TEXT_WIDTH = 12;

/** Formats the means of a run, next to those of another run. */
export function formatMeans({ mean }: Evaluation, against?: Evaluation): string {
  const columns: Column<string>[] = [
    { title: "MEASURE", value: (name) => name },
    { title: "VALUE", value: (name) => formatValue(mean[name]!), align: "right" },
  ];
  if (against !== undefined)
    columns.push(
      { title: "AGAINST", value: (name) => formatValue(against.mean[name]!), align: "right" },
      {
        title: "CHANGE",
        value: (name) => formatChange(mean[name]! - against.mean[name]!),
        align: "right",
      },
    );
  return formatTable(columns, Object.keys(mean));
}

/** Formats the measures of each query. */
export function formatQueries({ queries, mean }: Evaluation): string {
  return formatTable<string>(
    [
      { title: "QUERY", value: (query) => query },
      ...Object.keys(mean).map((name) => ({
        title: name.toUpperCase(),
        value: (query: string) => formatValue(queries.get(query)![name]!),
        align: "right" as const,
      })),
    ],
    [...queries.keys()],
  );
}

/** Formats which queries are better and worse than in another run. */
export function formatMoved(
  evaluation: Evaluation,
  against: Evaluation,
  { queries, width }: { readonly queries: Queries; readonly width: number | undefined },
): string {
  const moved = listMoved(evaluation, against);
  const better = moved.filter(({ value, against: other }) => value > other).length;
  const equal = evaluation.queries.size - moved.length;
  const summary = `${MAIN_MEASURE}: ${countOf(better, "query is", "queries are")} better, ${moved.length - better} worse, ${equal} equal`;
  if (moved.length === 0) return summary;
  const table = formatTable(
    [
      { title: "QUERY", value: ({ query }) => query },
      { title: "VALUE", value: ({ value }) => formatValue(value), align: "right" },
      { title: "AGAINST", value: (one) => formatValue(one.against), align: "right" },
      { title: "TEXT", value: ({ query }) => queries.get(query) ?? "", cutTo: MIN_TEXT_WIDTH },
    ],
    moved.slice(0, MOVED_QUERIES),
    width,
  );
  return `${summary}\n\n${table}`;
}

/** Formats how many results of the exact search an approximate one found. */
export function formatOverlap({ mean, worst, incomplete }: Overlap, queries: number): string {
  const found = `approximate against exact search: ${formatValue(mean)} of the first ${OVERLAP_DEPTH} results`;
  return incomplete === 0
    ? `${found}, all of them in each of ${countOf(queries, "query", "queries")}`
    : `${found}; ${incomplete} of ${countOf(queries, "query", "queries")} miss some, most of all query ${worst.query} (${formatValue(worst.value)})`;
}

function formatValue(value: number): string {
  return value.toFixed(DIGITS);
}

function formatChange(change: number): string {
  return change === 0 ? "=" : `${change > 0 ? "+" : ""}${formatValue(change)}`;
}
