import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { ChildMessage, ChildSpec } from "../../model/replica.ts";
import {
  identifyProcess,
  isGroupAlive,
  signalProcess,
  type ProcessIdentity,
} from "../../util/process/process-identity.ts";
import { readLines } from "../../util/text/line-splitter.ts";
import { waitAtMost } from "../../util/wait-at-most.ts";
import type { Exit } from "../decide/lifecycle/replica-state.ts";
import { MAX_OUTPUT_LINE_CHARS } from "../../util/limits/processes.ts";

const WATCHDOG = new URL("watchdog.js", import.meta.url).href;
const SETPRIV = ["/usr/bin/setpriv", "/bin/setpriv"];
/**
 * After a child's end its pipes are read this long at most: a grandchild may hold them open for
 * ever.
 */
const LAST_OUTPUT_MS = 200;

/** How to start a child. */
export interface SpawnOptions {
  /** The `main.js` of its room, absolute. */
  readonly entry: string;
  readonly nodeOptions: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  onLine(stream: "stdout" | "stderr", text: string): void;
  onMessage(message: ChildMessage): void;
}

/** A process of ours, in a process group of its own. */
export interface Child {
  readonly identity: ProcessIdentity;
  /**
   * Resolves once the process, and whatever it started, is gone and its last lines have been read.
   * Never rejects.
   */
  readonly gone: Promise<Exit>;
  /** Over IPC. Does nothing when the child is gone: `gone` says so. */
  send(spec: ChildSpec): void;
  /** SIGKILL to the whole group. */
  kill(): void;
}

/**
 * Starts a child that dies with this process: on Linux by the kernel's hand (`setpriv
 * --pdeathsig`), elsewhere by its own watchdog. Throws where the program itself cannot be started.
 */
export function spawnChild(options: SpawnOptions): Child {
  const [program, args] = commandLine(options);
  const subprocess = execa(program, args, {
    cwd: options.cwd,
    env: { ...options.env },
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdin: "ignore",
    ipc: true,
    serialization: "json",
  });
  if (subprocess.pid === undefined) throw new Error(`cannot start ${program}`);
  const identity = identifyProcess(subprocess.pid);
  const closed = Promise.all([
    readLines(subprocess.stdout, MAX_OUTPUT_LINE_CHARS, (text) => options.onLine("stdout", text)),
    readLines(subprocess.stderr, MAX_OUTPUT_LINE_CHARS, (text) => options.onLine("stderr", text)),
  ]);
  // Children are of the same installation, so what they say needs no check beyond its type.
  subprocess.on("message", (message) => options.onMessage(message as unknown as ChildMessage));
  const exited = new Promise<Exit>((resolve) => {
    subprocess.once("exit", (code, signal) => resolve({ code, signal }));
  });
  return {
    identity,
    gone: exited.then(async (exit) => {
      await endGroup(identity.pid);
      await waitAtMost(closed, LAST_OUTPUT_MS);
      return exit;
    }),
    send(spec) {
      // The callback takes the error of a child that is gone already; without it Node would throw.
      if (subprocess.connected) subprocess.send(spec, () => undefined);
    },
    kill() {
      signalProcess(-identity.pid, "SIGKILL");
    },
  };
}

function commandLine(options: SpawnOptions): [program: string, args: string[]] {
  const args = [...options.nodeOptions, options.entry];
  const setpriv =
    process.platform === "linux" ? SETPRIV.find((path) => existsSync(path)) : undefined;
  if (setpriv === undefined) return [process.execPath, ["--import", WATCHDOG, ...args]];
  return [setpriv, ["--pdeathsig", "KILL", process.execPath, ...args]];
}

/** What a child leaves behind in its group is ended too: it could still hold a file or a port. */
async function endGroup(group: number): Promise<void> {
  while (isGroupAlive(group)) {
    signalProcess(-group, "SIGKILL");
    await sleep(10, undefined, { ref: false });
  }
}
