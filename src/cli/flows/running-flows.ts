import { existsSync } from "node:fs";
import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { JflowError } from "../../util/errors.ts";
import {
  flowId,
  flowPaths,
  parseRuntimeFile,
  runtimePaths,
  runtimeRoot,
  stateDirOf,
  type RunningFlow,
} from "../../model/paths.ts";
import { explainOtherUser, explainRuntimeFolder } from "../../model/runtime-access.ts";
import { hasCode } from "../../util/error-code.ts";
import { findFlowFile, flowFileAt } from "./find-flow-file.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** A flow whose supervisor accepts connections. */
export interface FoundFlow extends RunningFlow {
  readonly socket: string;
}

/** The options that select a flow: `--file` and `--name`. */
export interface FlowOptions {
  readonly file?: string | undefined;
  readonly name?: string | undefined;
}

/** Returns the folder with the runtime files of the flows of this user. */
export function runtimeRootOf({ env }: Pick<Terminal, "env">): string {
  return runtimeRoot({
    xdgRuntimeDir: env["XDG_RUNTIME_DIR"],
    tmpdir: tmpdir(),
    uid: process.getuid?.() ?? 0,
  });
}

/**
 * Returns the folder in which `listRunningFlows` looks. If `XDG_RUNTIME_DIR` does not exist,
 * supervisors have moved their files to the folder for temporary files.
 */
export function listedRootOf(terminal: Terminal): string {
  const runtimeDir = terminal.env["XDG_RUNTIME_DIR"];
  const isRemoved = runtimeDir !== undefined && !existsSync(runtimeDir);
  return runtimeRootOf(isRemoved ? { env: {} } : terminal);
}

/**
 * Returns the running flows of this user, sorted by name. Skips folders that a killed supervisor
 * left.
 */
export async function listRunningFlows(terminal: Terminal): Promise<readonly FoundFlow[]> {
  const root = listedRootOf(terminal);
  const ids = await readdir(root).catch(async (error: unknown) => {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw new JflowError("FAILED_PRECONDITION", await explainRuntimeFolder(root, error));
  });
  const found = await Promise.all(ids.map((id) => readRunningFlow(root, id)));
  return found
    .filter((flow) => flow !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/**
 * A command that changes a flow, or sends documents to it, never takes a flow of another folder.
 */
export type FlowUse = "read" | "change";

/**
 * Returns the flow that a command is about, or undefined if that flow is not running. `--file`
 * decides, then `--name`, then a flow file in this folder or above, then, to read, the only running
 * flow. A flow with a known file is found even if it was started with another `XDG_RUNTIME_DIR`.
 * Throws `NOT_FOUND` if the file does not exist, several flows match, or the command would change a
 * flow that nothing selects.
 */
export async function findRunningFlow(
  terminal: Terminal,
  options: FlowOptions,
  use: FlowUse = "read",
): Promise<FoundFlow | undefined> {
  if (options.file !== undefined)
    return flowOfFile(terminal, flowFileAt(resolve(terminal.cwd(), options.file), existsSync));
  const running = await listRunningFlows(terminal);
  if (options.name !== undefined) return oneNamed(running, options.name);
  const file = findFlowFile(terminal.cwd(), existsSync);
  if (file !== undefined) return flowOfFile(terminal, file);
  if (running.length > 1) {
    throw new JflowError(
      "NOT_FOUND",
      `several flows are running: select one with --name or -f\n${listText(running)}`,
    );
  }
  if (use === "change" && running.length > 0) {
    throw new JflowError(
      "NOT_FOUND",
      `no flow file in this folder or above: select the flow with --name or its file\n${listText(running)}`,
    );
  }
  return running[0];
}

/** Does the same as `findRunningFlow`, but throws `NOT_FOUND` if the flow is not running. */
export async function requireRunningFlow(
  terminal: Terminal,
  options: FlowOptions,
  use: FlowUse = "read",
): Promise<FoundFlow> {
  const found = await findRunningFlow(terminal, options, use);
  if (found !== undefined) return found;
  throw new JflowError("NOT_FOUND", describeMissing(terminal, options));
}

function describeMissing(terminal: Terminal, { file, name }: FlowOptions): string {
  if (file !== undefined) return `${file} is not running: start it with jflow up ${file}`;
  if (name !== undefined)
    return `no running flow is named ${name}: run jflow ls to list the running flows`;
  const found = findFlowFile(terminal.cwd(), existsSync);
  return found === undefined
    ? "no flow is running: start one with jflow up"
    : `${found} is not running: start it with jflow up`;
}

async function flowOfFile(terminal: Terminal, file: string): Promise<FoundFlow | undefined> {
  if (!existsSync(file)) throw new JflowError("NOT_FOUND", `${file} does not exist`);
  const real = await realpath(file);
  const id = flowId(real);
  const here = await readRunningFlow(runtimeRootOf(terminal), id);
  if (here !== undefined) return here;
  const { runtimeFile } = flowPaths(real, stateDirOf(terminal.env));
  const text = await readIfExists(runtimeFile, explainOtherUser);
  if (text === undefined) {
    await refuseFollowed(terminal, real);
    return undefined;
  }
  const { root, file: before } = parseRuntimeFile(text);
  const there = await readRunningFlow(root, id);
  if (there === undefined && before !== undefined && !existsSync(before))
    refuseMoved(await readRunningFlow(root, flowId(before)), real);
  return there;
}

/**
 * Throws `NOT_FOUND` if a flow runs whose folder is now that of `file`. The state of a flow in
 * `JFLOW_STATE_DIR` does not move with its folder, but its supervisor does.
 */
async function refuseFollowed(terminal: Terminal, file: string): Promise<void> {
  for (const flow of await listRunningFlows(terminal)) {
    if (basename(flow.file) !== basename(file) || existsSync(flow.file)) continue;
    // Without /proc, as on macOS, the flow is not recognised.
    const folder = await readlink(`/proc/${flow.pid}/cwd`).catch(() => undefined);
    if (folder === dirname(file)) refuseMoved(flow, file);
  }
}

/** Throws `NOT_FOUND` if the flow that had another path when it started still runs. */
function refuseMoved(moved: FoundFlow | undefined, file: string): void {
  if (moved === undefined) return;
  throw new JflowError(
    "NOT_FOUND",
    `flow "${moved.name}" runs, but its folder has moved from ${dirname(moved.file)} to ${dirname(file)}: run jflow down --name ${moved.name}, then jflow up`,
  );
}

function oneNamed(running: readonly FoundFlow[], name: string): FoundFlow | undefined {
  const named = running.filter((flow) => flow.name === name);
  if (named.length > 1)
    throw new JflowError(
      "NOT_FOUND",
      `several running flows are named ${name}: select one with -f\n${listText(named)}`,
    );
  return named[0];
}

function listText(flows: readonly FoundFlow[]): string {
  return flows.map((flow) => `  ${flow.name}  ${flow.file}`).join("\n");
}

async function readRunningFlow(root: string, id: string): Promise<FoundFlow | undefined> {
  const { flowFile, socket } = runtimePaths(root, id);
  const text = await readIfExists(flowFile);
  if (text === undefined || !(await isListening(socket))) return undefined;
  const flow = parseRunningFlow(text);
  return flow === undefined ? undefined : { ...flow, socket };
}

/** Returns undefined for a damaged file. */
function parseRunningFlow(text: string): RunningFlow | undefined {
  try {
    return JSON.parse(text) as RunningFlow;
  } catch {
    return undefined;
  }
}

/** Throws `FAILED_PRECONDITION`, worded by `explain`, for a file of another user. */
async function readIfExists(
  path: string,
  explain: typeof explainRuntimeFolder = explainRuntimeFolder,
): Promise<string | undefined> {
  return readFile(path, "utf8").catch(async (error: unknown) => {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw new JflowError("FAILED_PRECONDITION", await explain(path, error));
  });
}

/**
 * Returns whether a process listens on the socket. A killed supervisor leaves the file of its
 * socket.
 */
async function isListening(socketPath: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(socketPath);
    const end = (isOpen: boolean): void => {
      socket.destroy();
      settle(isOpen);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
