import { Chalk, type ChalkInstance } from "chalk";
import type { FlowStatus, ReplicaStatus } from "../../../model/control.ts";
import type { Health } from "../../../model/replica.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import { print, tell, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { replicaColumns } from "./ps-columns.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";
import { rowsWithin } from "../../flows/rows-within.ts";
import { formatTable } from "../../terminal/table.ts";
import { formatAge } from "../../terminal/units.ts";

interface PsOptions extends FlowOptions {
  readonly output: "table" | "wide" | "json" | "name";
  readonly quiet?: boolean;
  readonly exitCode?: boolean;
}

const EXIT_BY_HEALTH: Readonly<Record<Health, number>> = {
  green: EXIT.ok,
  yellow: EXIT.failed,
  red: EXIT.notReady,
};

/** `jflow ps [address]`. Throws `NOT_FOUND` for an address the flow does not have. */
export async function ps(
  context: CommandContext,
  options: PsOptions,
  address?: string,
): Promise<number> {
  const { status } = await askFlow(context, options, { ask: "status" }, "status");
  const shown: FlowStatus = { ...status, replicas: rowsWithin(status.replicas, address) };
  if (options.output === "json") print(context, JSON.stringify(shown));
  else if (options.quiet || options.output === "name")
    for (const replica of shown.replicas) print(context, replica.address);
  else printTable(context, shown, options.output === "wide");
  return options.exitCode ? EXIT_BY_HEALTH[status.flow.health] : EXIT.ok;
}

function printTable(context: CommandContext, status: FlowStatus, wide: boolean): void {
  const { stdout } = context.terminal;
  const paint = new Chalk({ level: context.colour.stdout ? 1 : 0 });
  if (stdout.isTTY)
    tell(context, headline(status, new Chalk({ level: context.colour.stderr ? 1 : 0 })));
  print(
    context,
    formatTable(
      replicaColumns(status.replicas, wide, paint),
      status.replicas,
      stdout.isTTY && !wide ? stdout.columns : undefined,
    ),
  );
  for (const replica of status.replicas)
    if (!replica.ready && replica.state !== "stopped" && replica.lastExit !== null)
      tell(context, complaint(replica));
}

function headline({ flow, replicas }: FlowStatus, paint: ChalkInstance): string {
  const ready = replicas.filter((replica) => replica.ready).length;
  const doors = Object.entries(flow.gateway)
    .filter(([name]) => name !== "admin")
    .map(([protocol, address]) => (address.includes("://") ? address : `${protocol}://${address}`));
  return [
    flow.name,
    paint[flow.health](flow.health),
    `${ready}/${replicas.length} ready`,
    ...doors,
    `up ${formatAge(Date.now() - Date.parse(flow.startedAt))}`,
  ].join("  ");
}

function complaint(replica: ReplicaStatus): string {
  const { code, signal, stderrTail } = replica.lastExit!;
  const how = signal === null ? `exited ${code}` : `was ended by ${signal}`;
  const said = stderrTail.findLast((line) => line.trim() !== "");
  return `! ${replica.address} ${how}${said === undefined ? "" : `: ${said}`}   (jflow logs ${replica.address})`;
}
