import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { listedRootOf, listRunningFlows, type FoundFlow } from "../../flows/running-flows.ts";
import { locateFlowFile } from "../../flows/read-flow-file.ts";
import { formatTable, type Column } from "../../terminal/table.ts";
import { formatAge } from "../../terminal/units.ts";

const COLUMNS: readonly Column<FoundFlow>[] = [
  { title: "NAME", value: (flow) => flow.name },
  { title: "ID", value: (flow) => flow.id },
  { title: "PID", value: (flow) => String(flow.pid), align: "right" },
  {
    title: "AGE",
    value: (flow) => formatAge(Date.now() - Date.parse(flow.startedAt)),
    align: "right",
  },
  { title: "FILE", value: (flow) => flow.file },
];

/** `jflow ls`: lists the running flows of this user in one runtime folder. */
export async function ls(
  context: CommandContext,
  options: { output: "table" | "json"; file?: string },
): Promise<number> {
  const running = await listRunningFlows(context.terminal);
  const wanted = options.file && (await locateFlowFile(context, options.file));
  const flows = wanted === undefined ? running : running.filter((flow) => flow.file === wanted);
  if (options.output === "json") {
    const rows = flows.map(({ id, name, file, pid, version, startedAt }) => ({
      id,
      name,
      file,
      pid,
      version,
      startedAt,
    }));
    print(context, JSON.stringify({ schema: "jflow.ls/v1", flows: rows }));
  } else if (flows.length === 0)
    printNotice(context, `no flow is running in ${listedRootOf(context.terminal)}`);
  else print(context, formatTable(COLUMNS, flows));
  return EXIT.ok;
}
