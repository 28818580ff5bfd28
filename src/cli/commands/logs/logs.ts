import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { isWithin, parseAddress } from "../../../model/address.ts";
import { JflowError } from "../../../util/errors.ts";
import { flowPaths, stateDirOf } from "../../../model/paths.ts";
import type { ReplicaStatus } from "../../../model/control/status.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { findFlowFile, flowFileAt } from "../../flows/find-flow-file.ts";
import { findRunningFlow, type FlowOptions, type FoundFlow } from "../../flows/running-flows.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { rowsWithin } from "../../flows/rows-within.ts";
import { followUntilInterrupted } from "./follow.ts";
import { lineWriter } from "./line-writer.ts";
import { addressesIn, OutputFolder, type ReplicaLine } from "./output-folder.ts";
import { linesOfPrevious, selectLines, type LineSelection } from "./select-lines.ts";

interface LogsOptions extends FlowOptions {
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly tail?: number;
  readonly since?: Date;
  readonly grep?: string;
  readonly timestamps?: boolean;
  readonly json?: boolean;
}

/** The output that the command shows. */
interface OutputSource {
  readonly folder: string;
  readonly file: string;
  /** Those of a running flow, if the command needs them. */
  readonly replicas: readonly ReplicaStatus[];
  readonly address: string | undefined;
}

/** Executors have such names: `indexer`, but not `flow.yml` or `./flow`. */
const ADDRESS_START = /^[A-Za-z_]\w*(?:\/|$)/;

/**
 * `jflow logs [address]`: shows the output of replicas and the events of their processes, in the
 * order of time. The flow need not run. `-f` waits for new lines, also across restarts and from new
 * replicas, until Ctrl-C (exit 130). `--previous` shows only the process before the current one.
 */
export async function logs(
  context: CommandContext,
  options: LogsOptions,
  address?: string,
): Promise<number> {
  const selection = await selectionOf(options);
  const source = await locateOutput(context, options, address);
  await using output = new OutputFolder(source.folder, filterOf(address));
  const write = lineWriter(context, options);
  const lines = await output.readNew();
  writeSelected(options.previous ? linesBefore(lines, source) : lines, selection, write);
  if (!options.follow) {
    if (!output.hasFiles) printNotice(context, describeNoOutput(source));
    return EXIT.ok;
  }
  const { tail: _, ...later } = selection;
  return await followUntilInterrupted(source.folder, async () => {
    writeSelected(await output.readNew(), later, write);
  });
}

/** Finds the output of a flow, and checks the address in it. Throws `NOT_FOUND`. */
async function locateOutput(
  context: CommandContext,
  options: LogsOptions,
  address: string | undefined,
): Promise<OutputSource> {
  const running = await findRunningFlow(context.terminal, options);
  const file = running?.file ?? (await locateStopped(context, options));
  const stateDir = running?.stateDir ?? stateDirOf(context.terminal.env);
  const folder = flowPaths(file, stateDir).output;
  // A supervisor that does not answer hides no output.
  const isAsked = address !== undefined || options.previous;
  const replicas = isAsked ? await replicasOf(running) : [];
  if (address !== undefined) await checkAddress(context, address, { folder, replicas });
  return { folder, file, replicas, address };
}

/** Returns the lines that the options select. Throws `INVALID_ARGUMENT`. */
async function selectionOf(options: LogsOptions): Promise<LineSelection> {
  const { previous, follow, grep, since, tail } = options;
  if (previous && follow)
    throw new JflowError(
      "INVALID_ARGUMENT",
      "--previous shows a process that has ended: leave out --follow",
    );
  if (grep === undefined) return { since, tail };
  const { compileGrep } = await import("./grep.ts");
  return { since, tail, matches: compileGrep(grep) };
}

function writeSelected(
  lines: readonly (readonly ReplicaLine[])[],
  selection: LineSelection,
  write: (line: ReplicaLine) => void,
): void {
  const selected = lines.flatMap((ofReplica) => selectLines(ofReplica, selection));
  for (const line of selected.toSorted((a, b) => a.at.getTime() - b.at.getTime())) write(line);
}

/** Returns the lines of the previous processes. Throws `NOT_FOUND` if no replica has one. */
function linesBefore(
  lines: readonly (readonly ReplicaLine[])[],
  { replicas, address }: OutputSource,
): readonly (readonly ReplicaLine[])[] {
  const waiting = new Set(replicas.filter(({ pid }) => pid === null).map((each) => each.address));
  const previous = lines
    .map((ofReplica) => linesOfPrevious(ofReplica, waiting.has(ofReplica[0]?.address ?? "")))
    .filter((ofReplica) => ofReplica !== undefined);
  if (previous.length === 0)
    throw new JflowError(
      "NOT_FOUND",
      `${address ?? "the flow"} has no previous process: no replica has been restarted`,
    );
  return previous;
}

/** Returns whether `logs` shows the output of an address. */
function filterOf(address: string | undefined): (name: string) => boolean {
  if (address === undefined) return () => true;
  const wanted = parseAddress(address);
  return (name) => isWithin(parseAddress(name), wanted);
}

/** Returns the replicas of a running flow; no replica of a stopped one. */
async function replicasOf(running: FoundFlow | undefined): Promise<readonly ReplicaStatus[]> {
  if (running === undefined) return [];
  return (await askSupervisor(running.socket, { ask: "status" }, "status")).status.replicas;
}

/**
 * Throws `NOT_FOUND` that lists the addresses, if the flow has no such address. Output of replicas
 * that `jflow scale` removed stays readable, and so does that of a stopped flow.
 */
async function checkAddress(
  context: CommandContext,
  address: string,
  { folder, replicas }: { folder: string; replicas: readonly ReplicaStatus[] },
): Promise<void> {
  if (existsSync(resolve(context.terminal.cwd(), address)) && !ADDRESS_START.test(address))
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${address} is a file: select the flow with --file ${address}; -f follows the output`,
    );
  const written = (await addressesIn(folder)).map((name) => ({ address: name }));
  const rows = [...replicas, ...written];
  if (rows.length > 0) rowsWithin(rows, address);
}

function describeNoOutput({ folder, file, address }: OutputSource): string {
  if (existsSync(folder))
    return `${address ?? "no replica"} has ${address === undefined ? "" : "not "}written output yet`;
  return existsSync(file)
    ? "the flow has not run yet: start it with jflow up"
    : `${folder} does not exist: the folder of the flow was moved or removed`;
}

/** Returns the flow file of a flow that does not run. */
async function locateStopped(context: CommandContext, options: LogsOptions): Promise<string> {
  const file =
    options.file === undefined
      ? findFlowFile(context.terminal.cwd(), existsSync)
      : flowFileAt(resolve(context.terminal.cwd(), options.file), existsSync);
  if (options.name !== undefined || file === undefined)
    throw new JflowError(
      "NOT_FOUND",
      `${options.name ?? "the flow"} is not running: select its flow file with --file`,
    );
  return realpath(file);
}
