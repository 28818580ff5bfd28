import { existsSync } from "node:fs";
import { readdir, readFile, realpath } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { JflowError } from "../../util/errors.ts";
import {
  flowId,
  flowPlaces,
  runtimePlaces,
  runtimeRoot,
  type RunningFlow,
} from "../../model/places.ts";
import { hasCode } from "../../util/error-code.ts";
import { findFlowFile, flowFileAt } from "./find-flow-file.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** A flow whose supervisor answered a moment ago, and its socket. */
export interface FoundFlow extends RunningFlow {
  readonly socket: string;
}

/** How a command was told which flow it is about. */
export interface FlowOptions {
  readonly file?: string | undefined;
  readonly name?: string | undefined;
}

/** The folder that holds the runtime files of this user's flows. */
export function runtimeRootOf(terminal: Terminal): string {
  return runtimeRoot({
    xdgRuntimeDir: terminal.env["XDG_RUNTIME_DIR"],
    tmpdir: tmpdir(),
    uid: process.getuid?.() ?? 0,
  });
}

/**
 * All flows of this user whose supervisor answers, by name. A folder left by one that was killed is
 * passed over.
 */
export async function listRunningFlows(terminal: Terminal): Promise<readonly FoundFlow[]> {
  const root = runtimeRootOf(terminal);
  const ids = existsSync(root) ? await readdir(root) : [];
  const found = await Promise.all(ids.map((id) => readRunningFlow(root, id)));
  return found
    .filter((flow) => flow !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/**
 * The running flow a command is about: `--file`, else `--name`, else the flow file found from here
 * upwards, else the only one running. A flow that is named by its file is found whatever
 * `XDG_RUNTIME_DIR` it was started with. Undefined where that flow does not run. Throws `NOT_FOUND`
 * where it cannot be told which is meant.
 */
export async function findRunningFlow(
  terminal: Terminal,
  choice: FlowOptions,
): Promise<FoundFlow | undefined> {
  if (choice.file !== undefined)
    return flowOfFile(terminal, flowFileAt(resolve(terminal.cwd(), choice.file), existsSync));
  const running = await listRunningFlows(terminal);
  if (choice.name !== undefined) return oneNamed(running, choice.name);
  const file = findFlowFile(terminal.cwd(), existsSync);
  if (file !== undefined) return flowOfFile(terminal, file);
  if (running.length > 1) {
    throw new JflowError(
      "NOT_FOUND",
      `several flows run: choose one with --name or -f\n${listText(running)}`,
    );
  }
  return running[0];
}

/** `findRunningFlow`, or `NOT_FOUND` with the next step. */
export async function needRunningFlow(terminal: Terminal, choice: FlowOptions): Promise<FoundFlow> {
  const found = await findRunningFlow(terminal, choice);
  if (found !== undefined) return found;
  const file = choice.file ?? findFlowFile(terminal.cwd(), existsSync);
  const what = choice.name ?? file;
  throw new JflowError(
    "NOT_FOUND",
    what === undefined
      ? "no flow is running here: start one with jflow up flow.yml"
      : `${what} is not running: start it with jflow up${file === undefined ? "" : ` ${file}`}`,
  );
}

async function flowOfFile(terminal: Terminal, file: string): Promise<FoundFlow | undefined> {
  if (!existsSync(file)) throw new JflowError("NOT_FOUND", `${file} does not exist`);
  const real = await realpath(file);
  const id = flowId(real);
  const here = await readRunningFlow(runtimeRootOf(terminal), id);
  if (here !== undefined) return here;
  const root = await readIfThere(flowPlaces(real).runtimeFile);
  return root === undefined ? undefined : readRunningFlow(root, id);
}

function oneNamed(running: readonly FoundFlow[], name: string): FoundFlow | undefined {
  const named = running.filter((flow) => flow.name === name);
  if (named.length > 1)
    throw new JflowError(
      "NOT_FOUND",
      `several running flows are named ${name}: choose one with -f\n${listText(named)}`,
    );
  return named[0];
}

function listText(flows: readonly FoundFlow[]): string {
  return flows.map((flow) => `  ${flow.name}  ${flow.file}`).join("\n");
}

async function readRunningFlow(root: string, id: string): Promise<FoundFlow | undefined> {
  const places = runtimePlaces(root, id);
  const text = await readIfThere(places.flowFile);
  if (text === undefined || !(await answers(places.socket))) return undefined;
  return { ...(JSON.parse(text) as RunningFlow), socket: join(places.socket) };
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  });
}

/** Whether somebody listens on the socket: its file alone proves nothing. */
async function answers(socketPath: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(socketPath);
    const end = (answer: boolean): void => {
      socket.destroy();
      settle(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
