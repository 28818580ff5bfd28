import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  FlowStatus,
  HealthReport,
  ReplicaStatus,
  ShardStatus,
} from "../../src/model/control/status.ts";

const BIN = join(import.meta.dirname, "../../bin/jflow.js");
const EXECUTORS = join(import.meta.dirname, "executors");

/** The result of a finished command. */
export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Returns the output so far, of both streams. */
  output(): string;
}

/**
 * A folder with a flow, controlled by the `jflow` command with real processes and sockets.
 * Disposing stops the flow, kills the remaining processes and removes the folder.
 */
export class Rig implements AsyncDisposable {
  readonly folder: string;
  readonly #env: Record<string, string | undefined>;

  constructor(flow: string | undefined, env: Readonly<Record<string, string>> = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "jflow-rig-"));
    this.#env = {
      ...process.env,
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      XDG_RUNTIME_DIR: join(this.folder, "run"),
      ...env,
    };
    mkdirSync(join(this.folder, "run"), { mode: 0o700 });
    if (flow !== undefined) this.write("flow.yml", flow);
  }

  /** Writes a file next to the flow file and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Copies an executor of `test/rig/executors/` into the folder. */
  useExecutor(name: string): void {
    copyFileSync(join(EXECUTORS, name), join(this.folder, name));
  }

  /**
   * Starts `jflow` and does not wait for its end. Iterable input is read as fast as the command
   * takes it.
   */
  start(args: readonly string[], input: string | AsyncIterable<string> = ""): Running {
    return this.run([process.execPath, BIN, ...args], input);
  }

  /** Starts `jflow` on a terminal with this width. Both streams arrive on stdout. */
  startOnTerminal(args: readonly string[], columns: number): Running {
    const command = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(" ");
    return this.run(
      ["script", "-qec", `stty cols ${columns} rows 40; ${command}`, "/dev/null"],
      "",
    );
  }

  /** Starts a program in the folder with the environment of `jflow`. */
  run([program, ...args]: readonly string[], input: string | AsyncIterable<string> = ""): Running {
    const child = spawn(program!, args, {
      cwd: this.folder,
      env: this.#env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    // A command may end before it has read all input.
    child.stdin.on("error", () => undefined);
    if (typeof input === "string") child.stdin.end(input);
    else Readable.from(input).pipe(child.stdin);
    const finished = new Promise<Finished>((settle, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => settle({ code, signal, stdout, stderr }));
    });
    return { child, finished, output: () => stdout + stderr };
  }

  /** Runs `jflow` and waits for its end. */
  async jflow(args: readonly string[], input?: string): Promise<Finished> {
    return this.start(args, input).finished;
  }

  /** Runs `jflow` and returns its stdout. Throws with its output unless it exits with 0. */
  async ok(args: readonly string[], input?: string): Promise<string> {
    const { code, signal, stdout, stderr } = await this.jflow(args, input);
    if (code === 0) return stdout;
    throw new Error(`jflow ${args.join(" ")} ended with ${signal ?? code}\n${stdout}\n${stderr}`);
  }

  /** Runs `jflow up -d`, which returns when the flow is ready. */
  async up(): Promise<void> {
    await this.ok(["up", "-d"]);
  }

  async status(): Promise<FlowStatus> {
    return JSON.parse(await this.ok(["ps", "-o", "json"])) as FlowStatus;
  }

  async replica(address: string): Promise<ReplicaStatus> {
    const { replicas } = await this.status();
    const found = replicas.find((replica) => replica.address === address);
    if (found === undefined)
      throw new Error(
        `no ${address} among ${replicas.map((replica) => replica.address).join(", ")}`,
      );
    return found;
  }

  async shards(): Promise<readonly ShardStatus[]> {
    return (
      JSON.parse(await this.ok(["shards", "-o", "json"])) as { shards: readonly ShardStatus[] }
    ).shards;
  }

  async health(): Promise<HealthReport> {
    const { code, stdout, stderr } = await this.jflow(["health", "-o", "json"]);
    if (code !== 0 && code !== 1) throw new Error(`jflow health ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as HealthReport;
  }

  /** Sends a signal to the process of one replica and returns its pid. */
  async signal(address: string, signal: NodeJS.Signals): Promise<number> {
    const { pid } = await this.replica(address);
    if (pid === null) throw new Error(`${address} has no process`);
    process.kill(pid, signal);
    return pid;
  }

  /** Runs `jflow post --output -` and returns the parsed lines. */
  async post(
    endpoint: string,
    args: readonly string[],
    input?: string,
  ): Promise<readonly Record<string, unknown>[]> {
    const text = await this.ok(
      ["post", endpoint, "--output", "-", "--progress", "none", ...args],
      input,
    );
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { code } = await this.jflow(["down", "--timeout", "5s"]);
    if (code !== 0) await this.#killSupervisor();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async #killSupervisor(): Promise<void> {
    const { stdout } = await this.jflow(["ls", "-o", "json"]);
    for (const { pid } of (JSON.parse(stdout) as { flows: readonly { pid: number }[] }).flows)
      process.kill(pid, "SIGKILL");
  }
}

/**
 * Waits until `look` returns a value other than undefined or false, and returns it. Throws after
 * `timeoutMs`, with `what` and the last value.
 */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  timeoutMs: number = 20_000,
): Promise<Value> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await sleep(50);
  }
}

/** Whether a process with this pid exists and is not a zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const { readFile } = await import("node:fs/promises");
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
