import type { DocumentFormat } from "../../src/document/v2/document-format.ts";
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const HERE = import.meta.dirname;
const CACHE = join(HERE, "../../node_modules/.cache/interop");

/** Returns the Python of the environment with that docarray format. */
export function pythonOf(format: DocumentFormat): string {
  return join(CACHE, `docarray-${format}`, "bin/python");
}

/** A job for stock Jina: `op` and its arguments. */
export type Job = { readonly op: string } & Readonly<Record<string, unknown>>;

interface Line {
  readonly id: number;
  readonly pid?: number;
  readonly file?: string;
}

interface Waiting {
  pid: number | undefined;
  settle(value: unknown): void;
}

/** A job that continues after its answer, such as a served flow. */
export interface Lasting {
  readonly answer: unknown;
  stop(): Promise<void>;
}

/**
 * Stock Jina: a Python program that forks a process for each job, so that a hanging job can be
 * ended.
 */
export class Stock implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(format: DocumentFormat) {
    const modules = format === "v1" ? ["twins"] : ["twins_v2"];
    this.#child = spawn(pythonOf(format), [join(HERE, "python/stock.py"), ...modules], {
      env: {
        ...process.env,
        JINA_OPTOUT_TELEMETRY: "1",
        JINA_HIDE_SURVEY: "1",
        NO_VERSION_CHECK: "1",
        JINA_LOG_LEVEL: "ERROR",
        PYTHONWARNINGS: "ignore",
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) =>
      this.#take(JSON.parse(line) as Line),
    );
  }

  /** Runs a job and returns its answer; `{hung: true}` where it does not answer in time. */
  async ask(job: Job, timeoutMs: number = 20_000): Promise<unknown> {
    const lasting = await this.begin(job, timeoutMs);
    await lasting.stop();
    return lasting.answer;
  }

  /** Runs a job whose process continues after the answer. */
  async begin(job: Job, timeoutMs: number = 30_000): Promise<Lasting> {
    const id = this.#next++;
    const waiting: Waiting = { pid: undefined, settle: () => undefined };
    const answered = new Promise<unknown>((settle) => (waiting.settle = settle));
    this.#waiting.set(id, waiting);
    this.#child.stdin!.write(`${JSON.stringify({ ...job, id })}\n`);
    const timer = setTimeout(() => waiting.settle({ hung: true }), timeoutMs);
    const answer = await answered;
    clearTimeout(timer);
    this.#waiting.delete(id);
    return { answer, stop: async () => endGroup(waiting.pid) };
  }

  #take(line: Line): void {
    const waiting = this.#waiting.get(line.id);
    if (waiting === undefined) return;
    if (line.pid !== undefined) waiting.pid = line.pid;
    if (line.file === undefined) return;
    waiting.settle(JSON.parse(readFileSync(line.file, "utf8")));
    rmSync(line.file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of this.#waiting.values()) await endGroup(pid);
    this.#child.kill();
  }
}

/**
 * Ends a job's process group. A signal comes first, so that a flow ends its children in other
 * groups.
 */
async function endGroup(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const end = Date.now() + 5000;
  if (!signalGroup(pid, "SIGTERM")) return;
  while (Date.now() < end && signalGroup(pid, 0)) await sleep(20);
  signalGroup(pid, "SIGKILL");
}

/** Returns false where the group no longer exists. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
