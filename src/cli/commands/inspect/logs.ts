import { existsSync, watch, type FSWatcher } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { isWithin, parseAddress } from "../../../model/address.ts";
import { JflowError } from "../../../util/errors.ts";
import { parseOutputLine, type OutputLine } from "../../../model/output-line.ts";
import { flowPaths, stateDirOf } from "../../../model/paths.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { findFlowFile, flowFileAt } from "../../flows/find-flow-file.ts";
import { OutputReader } from "./output-reader.ts";
import { LinePrefixer } from "../../terminal/output-lines.ts";
import { findRunningFlow, type FlowOptions, type FoundFlow } from "../../flows/running-flows.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { rowsWithin } from "../../flows/rows-within.ts";

interface LogsOptions extends FlowOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: Date;
  readonly timestamps?: boolean;
}

interface ReplicaLine extends OutputLine {
  readonly address: string;
}

/** Executors have such names: `indexer`, but not `flow.yml` or `./flow`. */
const ADDRESS_START = /^[A-Za-z_]\w*(?:\/|$)/;

/** The interval for file systems that report no changes. */
const POLL_INTERVAL_MS = 500;

/**
 * `jflow logs [address]`: shows the output of replicas and the events of their processes, in the
 * order of time. The flow need not run. `-f` waits for new lines, also across restarts and from new
 * replicas, until Ctrl-C (exit 130).
 */
export async function logs(
  context: CommandContext,
  options: LogsOptions,
  address?: string,
): Promise<number> {
  const running = await findRunningFlow(context.terminal, options);
  const file = running?.file ?? (await locateStopped(context, options));
  const stateDir = running?.stateDir ?? stateDirOf(context.terminal.env);
  const folder = flowPaths(file, stateDir).output;
  if (address !== undefined) await checkAddress(context, address, { folder, running });
  const readers = new Map<string, OutputReader>();
  const write = lineWriter(context, options);
  const from = options.since;
  const isWanted = filterOf(address);
  const readAll = async (tail: number | undefined): Promise<void> => {
    for (const name of (await addressesIn(folder)).filter(isWanted))
      if (!readers.has(name)) readers.set(name, new OutputReader(folder, name));
    const lines = await Promise.all(
      [...readers.values()].map(async (reader) => readLines(reader, from, tail)),
    );
    for (const line of lines.flat().toSorted((a, b) => a.at.getTime() - b.at.getTime()))
      write(line);
  };
  try {
    await readAll(options.tail);
    if (readers.size === 0 && !options.follow) reportNoOutput(context, { folder, file, address });
    if (options.follow) return await followUntilInterrupted(folder, () => readAll(undefined));
  } finally {
    for (const reader of readers.values()) await reader[Symbol.asyncDispose]();
  }
  return EXIT.ok;
}

/** Returns whether `logs` shows the output of an address. */
function filterOf(address: string | undefined): (name: string) => boolean {
  if (address === undefined) return () => true;
  const wanted = parseAddress(address);
  return (name) => name !== "supervisor" && isWithin(parseAddress(name), wanted);
}

/**
 * Throws `NOT_FOUND` that lists the addresses, if the flow has no such address. The addresses of a
 * stopped flow are those with output.
 */
async function checkAddress(
  context: CommandContext,
  address: string,
  { folder, running }: { folder: string; running: FoundFlow | undefined },
): Promise<void> {
  if (existsSync(resolve(context.terminal.cwd(), address)) && !ADDRESS_START.test(address))
    throw new JflowError(
      "INVALID_ARGUMENT",
      `${address} is a file: select the flow with --file ${address}; -f follows the output`,
    );
  const rows =
    running === undefined
      ? (await addressesIn(folder)).map((name) => ({ address: name }))
      : (await askSupervisor(running.socket, { ask: "status" }, "status")).status.replicas;
  if (rows.length > 0) rowsWithin(rows, address);
}

function reportNoOutput(
  context: CommandContext,
  options: { folder: string; file: string; address: string | undefined },
): void {
  printNotice(context, describeNoOutput(options));
}

function describeNoOutput({
  folder,
  file,
  address,
}: {
  folder: string;
  file: string;
  address: string | undefined;
}): string {
  if (existsSync(folder))
    return `${address ?? "no replica"} has ${address === undefined ? "" : "not "}written output yet`;
  return existsSync(file)
    ? "the flow has not run yet: start it with jflow up"
    : `${folder} does not exist: the folder of the flow was moved or removed`;
}

async function readLines(
  reader: OutputReader,
  from: Date | undefined,
  tail: number | undefined,
): Promise<readonly ReplicaLine[]> {
  const lines = (await reader.readNew()).map(parseOutputLine).filter((line) => line !== undefined);
  const recent = from === undefined ? lines : lines.filter((line) => line.at >= from);
  return (tail === undefined ? recent : recent.slice(Math.max(0, recent.length - tail))).map(
    (line) => ({
      ...line,
      address: reader.address,
    }),
  );
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

function lineWriter(context: CommandContext, options: LogsOptions): (line: ReplicaLine) => void {
  const prefixer = new LinePrefixer(context.color.stdout);
  return ({ address, at, stream, text }) => {
    const stamp = options.timestamps ? `${at.toISOString()} ` : "";
    const mark = stream === "event" ? "[jflow] " : "";
    context.terminal.stdout.write(`${prefixer.format(address, stamp + mark + text)}\n`);
  };
}

async function addressesIn(folder: string): Promise<readonly string[]> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  return names
    .filter((name) => name.endsWith(".log") && name !== "supervisor.log")
    .map((name) => name.slice(0, -".log".length).replace(/-(\d+)-(\d+)$/, "/$1/$2"))
    .toSorted();
}

/**
 * Reads whenever the folder changes, one reading at a time. Resolves with the exit code of the
 * signal that ended this.
 */
async function followUntilInterrupted(folder: string, read: () => Promise<void>): Promise<number> {
  return new Promise<number>((settle, reject) => {
    let reading: Promise<void> | undefined;
    let isStale = false;
    const onChange = (): void => {
      isStale = true;
      reading ??= (async () => {
        while (isStale) {
          isStale = false;
          await read();
        }
        reading = undefined;
      })().catch(reject);
    };
    const watcher: FSWatcher | undefined = existsSync(folder) ? watch(folder, onChange) : undefined;
    const timer = setInterval(onChange, POLL_INTERVAL_MS);
    const end = (code: number) => (): void => {
      watcher?.close();
      clearInterval(timer);
      settle(code);
    };
    process.once("SIGINT", end(EXIT.interrupted)).once("SIGTERM", end(EXIT.terminated));
  });
}
