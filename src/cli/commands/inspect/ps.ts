import { existsSync } from "node:fs";
import { Chalk, type ChalkInstance } from "chalk";
import type { FlowStatus, ReplicaStatus } from "../../../model/control/status.ts";
import type { Health } from "../../../model/replica.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { askFileChanges, formatFileChanges } from "../../flows/file-changes.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { replicaColumns } from "./ps-columns.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import { rowsWithin } from "../../flows/rows-within.ts";
import { wrapParts } from "../../terminal/display-text.ts";
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

/** `jflow ps [address]`: lists replicas. Throws `NOT_FOUND` if the flow has no such address. */
export async function ps(
  context: CommandContext,
  options: PsOptions,
  address?: string,
): Promise<number> {
  const { socket } = await requireRunningFlow(context.terminal, options);
  const [{ status }, changes] = await Promise.all([
    askSupervisor(socket, { ask: "status" }, "status"),
    askFileChanges(socket),
  ]);
  const shown: FlowStatus = { ...status, replicas: rowsWithin(status.replicas, address) };
  if (options.output === "json") {
    const known = changes === "unknown" ? null : changes;
    print(context, JSON.stringify({ ...shown, changes: known }));
  } else if (options.quiet || options.output === "name")
    for (const replica of shown.replicas) print(context, replica.address);
  else {
    printTable(context, shown, options.output === "wide");
    for (const line of describeFiles(status, changes)) printNotice(context, line);
  }
  return options.exitCode ? EXIT_BY_HEALTH[status.flow.health] : EXIT.ok;
}

function printTable(context: CommandContext, status: FlowStatus, wide: boolean): void {
  const { stdout } = context.terminal;
  const paint = new Chalk({ level: context.color.stdout ? 1 : 0 });
  if (stdout.isTTY)
    printNotice(
      context,
      headline(status, new Chalk({ level: context.color.stderr ? 1 : 0 }), stdout.columns),
    );
  print(
    context,
    formatTable(
      replicaColumns(status.replicas, wide, paint),
      status.replicas,
      stdout.isTTY ? stdout.columns : undefined,
    ),
  );
  printProblems(context, status.replicas);
}

/** A flow file that does not exist has no changes that a command can take. */
function describeFiles(
  { flow }: FlowStatus,
  changes: Awaited<ReturnType<typeof askFileChanges>>,
): readonly string[] {
  if (existsSync(flow.file)) return formatFileChanges(changes);
  return [
    `! ${flow.file} does not exist: the file or its folder was moved or removed while the flow runs. Move it back, or stop the flow with jflow down --name ${flow.name}`,
  ];
}

function printProblems(context: CommandContext, replicas: readonly ReplicaStatus[]): void {
  for (const replica of replicas) {
    const { address, problem, ready, state, lastExit } = replica;
    const hasEnded = !ready && state !== "stopped" && lastExit !== null;
    // The status of an older supervisor has no problem.
    if (typeof problem === "string")
      printNotice(context, `! ${address}: ${problem}${hasEnded ? logsOf(address) : ""}`);
    else if (hasEnded) printNotice(context, describeFailure(replica));
  }
}

/** Returns what concerns the whole flow, in lines that fit the terminal. */
function headline(
  { flow, replicas }: FlowStatus,
  paint: ChalkInstance,
  width: number | undefined,
): string {
  const ready = replicas.filter((replica) => replica.ready).length;
  const listeners = Object.entries(flow.gateway)
    .filter(([name]) => name !== "admin")
    .map(([protocol, address]) => (address.includes("://") ? address : `${protocol}://${address}`));
  const parts = [
    flow.name,
    flow.health,
    `${ready}/${replicas.length} ready`,
    ...listeners,
    `up ${formatAge(Date.now() - Date.parse(flow.startedAt))}`,
  ];
  const health = `  ${flow.health}  `;
  return wrapParts(parts, width).replace(health, `  ${paint[flow.health](flow.health)}  `);
}

/**
 * The last line on stderr is the reason of an exit. It says nothing about a signal from outside.
 */
export function describeFailure({
  address,
  lastExit,
}: Pick<ReplicaStatus, "address" | "lastExit">): string {
  const { code, signal, stderrTail } = lastExit!;
  const lastLine = stderrTail.findLast((line) => line.trim() !== "");
  const reason = signal !== null || lastLine === undefined ? "" : `: ${lastLine}`;
  const exit = code === null ? "did not start" : `exited with code ${code}`;
  const end = signal === null ? exit : `was killed by ${signal}`;
  return `! ${address} ${end}${reason}${logsOf(address)}`;
}

function logsOf(address: string): string {
  return `   (jflow logs ${address})`;
}
