import { existsSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { JflowError } from "../../../util/errors.ts";
import type { FlowVariables } from "../../../model/supervisor.ts";
import { ControlClient } from "../../../wire/control/control-client.ts";
import { askFileChanges, formatFileChanges } from "../../flows/file-changes.ts";
import { findFlowFile } from "../../flows/find-flow-file.ts";
import { locateFlowFile, readFlowFile, variablesOf } from "../../flows/read-flow-file.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { findRunningFlow, type FoundFlow } from "../../flows/running-flows.ts";
import { spawnSupervisor } from "../../flows/spawn-supervisor.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { onHangUp } from "../../terminal/hang-up.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { listStartingSteps } from "./next-steps.ts";
import { planStart, updateFlow, type UpdateOptions } from "./update-flow.ts";
import { UpSession, type FlowLocations, type UpOptions } from "./up-session.ts";

/** The files that `jflow post --input` is likely to read. */
const DATA_FILE = /\.(?:jsonl|ndjson|csv|tsv)(?:\.gz)?$/;

/**
 * `jflow up [flow.yml]`: starts a flow and shows its progress. Without `-d` the command then shows
 * the output of the replicas until the flow ends. The first Ctrl-C drains and stops the flow, the
 * second kills it, and the third ends the command at once. Exits with 4 if the flow does not become
 * ready. Also exits with 4 if some shards have no primary; the flow then keeps running. With
 * `--no-wait` the command returns when the supervisor runs. A flow that runs already takes the
 * changes of its file.
 */
export async function up(
  context: CommandContext,
  options: UpOptions & UpdateOptions,
  named?: string,
): Promise<number> {
  const file = await locateFlowFile(context, named);
  const variables = variablesOf(context, options);
  const flow = await readFlowFile(context, file, variables);
  const running = await findReadyFlow(context.terminal, file);
  if (running !== undefined) return updateFlow(context, options, { ...running, variables });
  if (options.dryRun === true) return planStart(context, options, flow);
  for (const line of describeFirstProcess(process.pid)) printNotice(context, line);
  const waits = options.wait !== false;
  const answer = await spawnSupervisor({
    ...variables,
    type: "run",
    file,
    hold: waits,
    ...(options.watch === undefined ? {} : { watch: options.watch }),
  }).catch(async (error: unknown) => {
    throw await addFileChanges(error, { terminal: context.terminal, variables }, file);
  });
  if (answer.type !== "listening")
    throw new JflowError("INTERNAL", `unexpected answer from the supervisor: ${answer.type}`);
  const locations = await locateFiles(context.terminal.cwd(), file);
  if (!waits) {
    const steps = listStartingSteps(locations.flowFile).map((step) => `\n  ${step}`);
    printNotice(context, `flow "${flow.name}" is starting\n\nNext:${steps.join("")}`);
    return EXIT.ok;
  }
  const control = new ControlClient(answer.socket);
  try {
    const watch = options.watch ?? flow.watch !== false;
    return await follow(context, { ...options, watch }, { control, locations });
  } finally {
    control.close();
  }
}

/** Returns the running flow of a file, unless it starts or stops. */
async function findReadyFlow(terminal: Terminal, file: string): Promise<FoundFlow | undefined> {
  const running = await findRunningFlow(terminal, { file });
  if (running === undefined) return undefined;
  const { status } = await askSupervisor(running.socket, { ask: "status" }, "status");
  return status.flow.state === "ready" ? running : undefined;
}

/**
 * Process 1 of a container has to collect the processes whose parent has ended, which Node.js does
 * not do.
 */
export function describeFirstProcess(pid: number): readonly string[] {
  if (pid !== 1) return [];
  return [
    "jflow is process 1, and ended processes remain: start the container with an init process, such as docker run --init",
  ];
}

/** Adds what is older than its file to the error of a flow that runs already. */
async function addFileChanges(
  error: unknown,
  { terminal, variables }: { terminal: Terminal; variables: FlowVariables },
  file: string,
): Promise<unknown> {
  if (!(error instanceof JflowError) || error.code !== "ALREADY_EXISTS") return error;
  const running = await findRunningFlow(terminal, { file });
  if (running === undefined) return error;
  const lines = formatFileChanges(await askFileChanges(running.socket, variables));
  return new JflowError(error.code, [error.message, ...lines].join("\n"), { cause: error });
}

/** Finds a file of documents next to the flow file, and says how commands name the flow. */
async function locateFiles(cwd: string, file: string): Promise<FlowLocations> {
  const found = findFlowFile(cwd, existsSync);
  const isFound = found !== undefined && (await realpath(found)) === file;
  const names = (await readdir(dirname(file))).filter((name) => DATA_FILE.test(name)).toSorted();
  const dataFile = names.includes("data.jsonl") ? "data.jsonl" : names[0];
  return {
    flowFile: isFound ? undefined : relative(cwd, file),
    dataFile: dataFile === undefined ? undefined : relative(cwd, join(dirname(file), dataFile)),
  };
}

async function follow(
  context: CommandContext,
  options: UpOptions,
  deps: { control: ControlClient; locations: FlowLocations },
): Promise<number> {
  const session = new UpSession(context, options, deps);
  const onInterrupt = (): void => session.interrupt(EXIT.interrupted);
  const onTerminate = (): void => session.interrupt(EXIT.terminated);
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
  const offHangUp = onHangUp(() => session.interrupt(EXIT.hungUp));
  try {
    return await session.run();
  } finally {
    process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
    offHangUp();
  }
}
