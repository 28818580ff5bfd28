import type { VerifyReport } from "../../../model/control.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";
import { formatTable, type Column } from "../../terminal/table.ts";

type Row = VerifyReport["shards"][number]["copies"][number] & { readonly equal: boolean };

const SHOWN_DIGITS = 16;

const COLUMNS: readonly Column<Row>[] = [
  { title: "COPY", value: (row) => row.address },
  { title: "SEQ", value: (row) => String(row.seq ?? "-"), align: "right" },
  { title: "DOCS", value: (row) => String(row.docs ?? "-"), align: "right" },
  { title: "HISTORY", value: (row) => row.history?.slice(0, SHOWN_DIGITS) ?? "-" },
  { title: "DIGEST", value: (row) => row.digest?.slice(0, SHOWN_DIGITS) ?? "-" },
  { title: "EQUAL", value: (row) => (row.equal ? "yes" : "no") },
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
  const rows = report.shards.flatMap((shard) =>
    shard.copies.map((copy) => ({ ...copy, equal: shard.equal })),
  );
  if (options.output === "json")
    print(context, JSON.stringify({ schema: "jflow.verify/v1", ...report }));
  else if (rows.length === 0) printNotice(context, "the flow has no replicated shards");
  else print(context, formatTable(COLUMNS, rows));
  for (const line of describeFaults(report)) printNotice(context, line);
  return report.equal ? EXIT.ok : EXIT.failed;
}

function describeFaults({ shards }: VerifyReport): readonly string[] {
  const differing = shards.filter(({ equal }) => !equal).map(({ address }) => address);
  const leaderless = shards.filter(({ hasPrimary }) => !hasPrimary).map(({ address }) => address);
  return [
    ...(differing.length === 0 ? [] : [`copies differ: ${differing.join(", ")}`]),
    ...(leaderless.length === 0
      ? []
      : [
          `no primary: ${leaderless.join(", ")}; copies may lack acknowledged writes (run jflow explain ${leaderless[0]})`,
        ]),
  ];
}
