import { existsSync } from "node:fs";
import { Chalk, type ChalkInstance } from "chalk";
import type { ReplicaStatus } from "../../../model/control/status.ts";
import type { Health } from "../../../model/replica.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { askFileChanges, formatFileChanges } from "../../flows/file-changes.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { viewExecutors, viewReplicas, type PsView, type PsViewOptions } from "./ps-view.ts";
import { watchReplicas } from "./ps-watch.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import { nameCommands } from "../../terminal/command-name.ts";
import { cutText, wrapParts } from "../../terminal/display-text.ts";
import { formatAge } from "../../terminal/units.ts";

interface PsOptions extends FlowOptions {
  readonly output: "table" | "wide" | "json" | "name";
  readonly by: "replica" | "executor";
  readonly watch?: boolean;
  readonly quiet?: boolean;
  readonly exitCode?: boolean;
}

const EXIT_BY_HEALTH: Readonly<Record<Health, number>> = {
  green: EXIT.ok,
  yellow: EXIT.failed,
  red: EXIT.notReady,
};

/**
 * `jflow ps [address]`: lists replicas, or executors with `--by executor`. With `--watch`, shows
 * them until the flow stops or Ctrl-C (exit 130). Throws `NOT_FOUND` if the flow has no such
 * address.
 */
export async function ps(
  context: CommandContext,
  options: PsOptions,
  address?: string,
): Promise<number> {
  const { socket } = await requireRunningFlow(context.terminal, options);
  const output = options.quiet === true ? "name" : options.output;
  const paint = new Chalk({ level: context.color.stdout ? 1 : 0 });
  const viewOptions = { address, wide: output === "wide", paint };
  const viewOf = options.by === "executor" ? viewExecutors : viewReplicas;
  if (options.watch === true) {
    // An address that does not exist is refused, as is the question by an older supervisor.
    viewOf((await askSupervisor(socket, { ask: "state" }, "state")).state, viewOptions);
    return watchReplicas(context, {
      output,
      socket,
      viewOf: (state) => viewOf(state, { ...viewOptions, mayBeGone: true }),
      render: (view, width) => renderTable(context, view, width),
    });
  }
  const [view, changes] = await Promise.all([
    askView(socket, options.by, viewOptions),
    askFileChanges(socket),
  ]);
  show(context, { view, changes, output });
  return options.exitCode ? EXIT_BY_HEALTH[view.flow.health] : EXIT.ok;
}

async function askView(
  socket: string,
  by: PsOptions["by"],
  options: PsViewOptions,
): Promise<PsView> {
  return by === "executor"
    ? viewExecutors((await askSupervisor(socket, { ask: "state" }, "state")).state, options)
    : viewReplicas((await askSupervisor(socket, { ask: "status" }, "status")).status, options);
}

interface Shown {
  readonly view: PsView;
  readonly changes: Awaited<ReturnType<typeof askFileChanges>>;
  readonly output: PsOptions["output"];
}

function show(context: CommandContext, { view, changes, output }: Shown): void {
  if (output === "json") {
    const known = changes === "unknown" ? null : changes;
    print(context, JSON.stringify({ ...view.document, changes: known }));
  } else if (output === "name") for (const { name } of view.rows) print(context, name);
  else {
    printTable(context, view);
    for (const line of describeFiles(view, changes)) printNotice(context, line);
  }
}

function printTable(context: CommandContext, view: PsView): void {
  const { stdout } = context.terminal;
  if (stdout.isTTY) printNotice(context, headlineOf(context, view, stdout.columns));
  for (const line of view.lines(stdout.isTTY ? stdout.columns : undefined)) print(context, line);
  for (const line of listProblems(view.replicas)) printNotice(context, line);
}

/** Returns the lines of a terminal. They fit its width. */
function renderTable(context: CommandContext, view: PsView, width: number): readonly string[] {
  const problems = listProblems(view.replicas).map((line) => nameCommands(line, context.name));
  return [
    ...headlineOf(context, view, width).split("\n"),
    ...view.lines(width),
    ...problems.map((line) => cutText(line, width)),
  ];
}

function headlineOf(context: CommandContext, view: PsView, width: number): string {
  return headline(view, new Chalk({ level: context.color.stderr ? 1 : 0 }), width);
}

/** A flow file that does not exist has no changes that a command can take. */
function describeFiles(
  { flow }: Pick<PsView, "flow">,
  changes: Awaited<ReturnType<typeof askFileChanges>>,
): readonly string[] {
  if (existsSync(flow.file)) return formatFileChanges(changes);
  return [
    `! ${flow.file} does not exist: the file or its folder was moved or removed while the flow runs. Move it back, or stop the flow with jflow down --name ${flow.name}`,
  ];
}

function listProblems(replicas: readonly ReplicaStatus[]): readonly string[] {
  const problems = replicas.flatMap(({ address, problem }) =>
    // The status of an older supervisor has no problem.
    typeof problem === "string" ? [`! ${address}: ${problem}`] : [],
  );
  const failures = replicas.filter(
    ({ ready, state, lastExit }) => !ready && state !== "stopped" && lastExit !== null,
  );
  return [...problems, ...failures.map(describeFailure)];
}

/** Returns what concerns the whole flow, in lines that fit the terminal. */
function headline(
  { flow, replicas }: PsView,
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
    ...(replicas.length === 0 ? [] : [`${ready}/${replicas.length} ready`]),
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
