import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { runtimePaths } from "../../model/paths.ts";
import { readPids } from "../../util/process/process-identity.ts";
import { readRegister } from "./child-register.ts";
import { readRunningFlow } from "./runtime-folder.ts";

const LISTENING = "0A";

/**
 * Returns a message with the port that another process uses, that process, and what to do. Returns
 * undefined if all ports are free.
 */
export async function explainTakenPort(
  host: string,
  ports: readonly number[],
  runtimeRoot: string,
): Promise<string | undefined> {
  for (const port of ports) {
    const owner = port === 0 ? undefined : await describePortOwner(port, runtimeRoot);
    if (owner !== undefined)
      return `${host}:${port} is taken by ${owner}. Or set another port for the gateway: 0 is a free port`;
  }
  return undefined;
}

/**
 * Describes the process that listens on a TCP port of this machine. Returns undefined if no process
 * listens, or if the process cannot be found (no `/proc`).
 */
export async function describePortOwner(
  port: number,
  runtimeRoot: string,
): Promise<string | undefined> {
  const inodes = await findListeners(port);
  if (inodes.size === 0) return undefined;
  const pid = await findHolder(inodes);
  if (pid === undefined) return "a process of another user";
  return (await describeFlowOf(pid, runtimeRoot)) ?? (await describeCommand(pid));
}

async function findListeners(port: number): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readOrEmpty));
  const sockets = tables.flatMap((table) => parseSocketTable(table));
  return new Set(
    sockets
      .filter((socket) => socket.isListening && socket.port === port)
      .map(({ inode }) => inode),
  );
}

/** Parses `/proc/net/tcp`: the local port in hexadecimal, the state, the inode. */
export function parseSocketTable(
  table: string,
): readonly { readonly port: number; readonly isListening: boolean; readonly inode: string }[] {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 9)
    .map((fields) => ({
      port: Number.parseInt(fields[1]!.slice(fields[1]!.lastIndexOf(":") + 1), 16),
      isListening: fields[3] === LISTENING,
      inode: fields[9]!,
    }));
}

async function findHolder(inodes: ReadonlySet<string>): Promise<number | undefined> {
  const wanted = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const pid of readPids() ?? []) {
    const folder = `/proc/${pid}/fd`;
    // `/proc` cannot be read for processes that have ended or belong to another user.
    const descriptors = await readdir(folder).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(join(folder, descriptor)).catch(() => "");
      if (wanted.has(target)) return pid;
    }
  }
  return undefined;
}

async function describeFlowOf(pid: number, runtimeRoot: string): Promise<string | undefined> {
  const ids = await readdir(runtimeRoot).catch(() => []);
  for (const id of ids) {
    const paths = runtimePaths(runtimeRoot, id);
    const children = await readRegister(paths.childrenFile);
    const flow = await readRunningFlow(paths.flowFile);
    // The supervisor has the port of its admin server.
    const isOwn = flow?.pid === pid || children.some((child) => child.pid === pid);
    if (flow !== undefined && isOwn)
      return `flow "${flow.name}" in ${flow.file} (stop it with jflow down ${flow.file})`;
  }
  return undefined;
}

async function describeCommand(pid: number): Promise<string> {
  const command = (await readOrEmpty(`/proc/${pid}/cmdline`)).replaceAll("\0", " ").trim();
  return `pid ${pid}${command === "" ? "" : ` (${command.length > 120 ? `${command.slice(0, 117)}...` : command})`}`;
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
