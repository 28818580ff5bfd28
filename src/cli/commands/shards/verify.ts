import { createHash } from "node:crypto";
import type { VerifyReport } from "../../../model/control/status.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";
import { formatTable, type Column } from "../../terminal/table.ts";

type ShardReport = VerifyReport["shards"][number];
type CopyReport = ShardReport["copies"][number];
type Row = CopyReport & { readonly equal: "yes" | "no" | "no answer" };

const SHOWN_DIGITS = 16;

export const COLUMNS: readonly Column<Row>[] = [
  { title: "COPY", value: (row) => row.address },
  { title: "SEQ", value: (row) => String(row.seq ?? "-"), align: "right" },
  { title: "DOCS", value: (row) => String(row.docs ?? "-"), align: "right" },
  { title: "HISTORY", value: (row) => row.history?.slice(0, SHOWN_DIGITS) ?? "-" },
  { title: "DIGEST", value: (row) => shorten(row.digest) },
  { title: "EQUAL", value: (row) => row.equal },
];

/**
 * `jflow verify [address]`: compares the digests of all copies of each shard. Exits with 1 if they
 * differ or a shard has no primary.
 */
export async function verify(
  context: CommandContext,
  options: FlowOptions & { output: "table" | "json" },
  address?: string,
): Promise<number> {
  const request =
    address === undefined ? ({ ask: "verify" } as const) : ({ ask: "verify", address } as const);
  const { verify: report } = await askFlow(context, options, request, "verify");
  const rows = report.shards.flatMap(rowsOf);
  if (options.output === "json")
    print(context, JSON.stringify({ schema: "jflow.verify/v1", ...report }));
  else if (rows.length === 0) printNotice(context, "the flow has no replicated shards");
  else print(context, formatTable(COLUMNS, rows));
  for (const line of describeFaults(report)) printNotice(context, line);
  return report.equal ? EXIT.ok : EXIT.failed;
}

/** Returns a row for each copy. A copy that does not answer is neither equal nor different. */
export function rowsOf(shard: ShardReport): readonly Row[] {
  const equal = isDifferent(shard) ? "no" : "yes";
  return shard.copies.map((copy) => ({ ...copy, equal: hasAnswered(copy) ? equal : "no answer" }));
}

function hasAnswered(copy: CopyReport): boolean {
  return copy.seq !== undefined;
}

/** Returns whether the copies that answered have different content. */
function isDifferent({ copies }: ShardReport): boolean {
  const contents = copies
    .filter(hasAnswered)
    .map(({ seq, docs, history, digest }) => JSON.stringify([seq, docs, history, digest]));
  return new Set(contents).size > 1;
}

/** Returns 16 letters that depend on the whole text: a longer text is hashed. */
function shorten(text: string | null | undefined): string {
  if (text === undefined || text === null) return "-";
  if (text.length <= SHOWN_DIGITS) return text;
  return createHash("sha256").update(text).digest("hex").slice(0, SHOWN_DIGITS);
}

/** Returns a line for each kind of fault. */
export function describeFaults({ shards }: VerifyReport): readonly string[] {
  const list = (kind: string, addresses: readonly string[], more = ""): readonly string[] =>
    addresses.length === 0 ? [] : [`${kind}: ${addresses.join(", ")}${more}`];
  const silent = shards.flatMap(({ copies }) => copies.filter((copy) => !hasAnswered(copy)));
  const leaderless = shards.filter(({ hasPrimary }) => !hasPrimary).map(({ address }) => address);
  const hint = `; copies may lack acknowledged writes (run jflow explain ${leaderless[0]})`;
  return [
    ...list(
      "copies differ",
      shards.filter(isDifferent).map(({ address }) => address),
    ),
    ...list(
      "no answer",
      silent.map(({ address }) => address),
      ": these copies were not compared",
    ),
    ...list("no primary", leaderless, hint),
  ];
}
