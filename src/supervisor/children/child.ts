import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { ChildMessage, ChildSpec } from "../../model/replica.ts";
import { MAX_OUTPUT_LINE_CHARS } from "../../util/limits/processes.ts";
import { dieWithParent } from "../../util/process/die-with-parent.ts";
import { markEnvironment } from "../../util/process/marked-processes.ts";
import {
  identifyProcess,
  isGroupAlive,
  signalProcess,
  type ProcessIdentity,
} from "../../util/process/process-identity.ts";
import { readLines } from "../../util/text/line-splitter.ts";
import { waitAtMost } from "../../util/wait-at-most.ts";
import type { Exit } from "../decide/lifecycle/replica-state.ts";

const WATCHDOG = new URL("watchdog.js", import.meta.url).href;
/**
 * The time for which the pipes are read after the exit, because a grandchild may hold them open.
 */
const LAST_OUTPUT_MS = 200;

/** The options of starting a child. */
export interface SpawnOptions {
  /** The `main.js` of its component, absolute. */
  readonly entry: string;
  readonly nodeOptions: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Marks the processes that the child starts. */
  readonly processId: string;
  onLine(stream: "stdout" | "stderr", text: string): void;
  onMessage(message: ChildMessage): void;
}

const EXECA = {
  extendEnv: false,
  detached: true,
  cleanup: false,
  buffer: false,
  reject: false,
  stdin: "ignore",
  ipc: true,
  serialization: "json",
} as const;

/** A child process, in a process group of its own. */
export class Child {
  readonly identity: ProcessIdentity;
  /**
   * Resolves when the process and all that it started are gone, and its last lines were read. Never
   * rejects.
   */
  readonly gone: Promise<Exit>;
  readonly #subprocess: ChildProcess;

  /**
   * Starts a process that dies with this one: on Linux the kernel ends it (`setpriv --pdeathsig`),
   * elsewhere its own watchdog does. Throws if the program cannot be started, or its folder is
   * gone.
   */
  constructor(options: SpawnOptions) {
    const { program, args } = commandLine(options);
    const subprocess = execa(program, args, {
      ...EXECA,
      cwd: options.cwd,
      env: markEnvironment(options.env, options.processId),
    });
    if (subprocess.pid === undefined)
      throw new Error(
        existsSync(options.cwd)
          ? `cannot start ${program}`
          : `the folder ${options.cwd} does not exist any more`,
      );
    this.#subprocess = subprocess;
    this.identity = identifyProcess(subprocess.pid);
    const closed = Promise.all([
      readLines(subprocess.stdout, MAX_OUTPUT_LINE_CHARS, (text) => options.onLine("stdout", text)),
      readLines(subprocess.stderr, MAX_OUTPUT_LINE_CHARS, (text) => options.onLine("stderr", text)),
    ]);
    // Children belong to the same installation, so their messages are not checked.
    subprocess.on("message", (message) => options.onMessage(message as unknown as ChildMessage));
    const exited = new Promise<Exit>((resolve) => {
      subprocess.once("exit", (code, signal) => resolve({ code, signal }));
    });
    this.gone = exited.then(async (exit) => {
      await endGroup(this.identity.pid);
      await waitAtMost(closed, LAST_OUTPUT_MS);
      return exit;
    });
  }

  /** Sends the spec over IPC. Does nothing when the process is gone. */
  send(spec: ChildSpec): void {
    // The callback takes the error of a process that has just ended; without it Node would throw.
    if (this.#subprocess.connected) this.#subprocess.send(spec, () => undefined);
  }

  /** Sends SIGKILL to the whole process group. */
  kill(): void {
    signalProcess(-this.identity.pid, "SIGKILL");
  }
}

function commandLine({ nodeOptions, entry }: SpawnOptions): { program: string; args: string[] } {
  const program = process.execPath;
  const args = [...nodeOptions, entry];
  return dieWithParent(program, args) ?? { program, args: ["--import", WATCHDOG, ...args] };
}

/** Ends what the process left in its group: it could still hold a file or a port. */
async function endGroup(group: number): Promise<void> {
  while (isGroupAlive(group)) {
    signalProcess(-group, "SIGKILL");
    await sleep(10, undefined, { ref: false });
  }
}
