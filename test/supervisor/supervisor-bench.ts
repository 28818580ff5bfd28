import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ControlAnswer, ControlRequest, FlowEvent } from "../../src/model/control/messages.ts";
import type { FlowStatus, ReplicaStatus } from "../../src/model/control/status.ts";
import type { SupervisorAnswer } from "../../src/model/supervisor.ts";
import { readPids, signalProcess } from "../../src/util/process/process-identity.ts";
import { ControlClient } from "../../src/wire/control/control-client.ts";

const ENTRY = fileURLToPath(new URL("../../dist/supervisor/main.js", import.meta.url));
const WITHIN_MS = 20_000;
const EVENTS = ["replica", "output", "notice", "ready", "failed", "health", "stopped"] as const;

/** A supervisor process of the built code, watched as `jflow up` watches it. */
export interface WatchedFlow {
  readonly pid: number;
  readonly process: ChildProcess;
  readonly control: ControlClient;
  readonly events: readonly FlowEvent[];
  /**
   * Resolves with the first event, past ones included, that is meant; rejects with all events after
   * 20 s.
   */
  seen<Type extends FlowEvent["type"]>(
    type: Type,
    isMeant?: (event: Extract<FlowEvent, { type: Type }>) => boolean,
  ): Promise<Extract<FlowEvent, { type: Type }>>;
  ask(request: ControlRequest): Promise<ControlAnswer>;
  status(): Promise<FlowStatus>;
  replica(address: string): Promise<ReplicaStatus>;
  /** Ends watching, as a terminal that closes. */
  letGo(): void;
  readonly exited: Promise<unknown>;
}

/** A folder of flows and their supervisors. Disposing kills what is left of them. */
export class SupervisorBench implements AsyncDisposable {
  readonly folder: string;
  readonly #processes: ChildProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<SupervisorBench> {
    if (!existsSync(ENTRY)) throw new Error(`${ENTRY} is missing: npm run build first`);
    const folder = await mkdtemp(join(tmpdir(), "jflow-sv-"));
    await mkdir(join(folder, "run"), { mode: 0o700 });
    return new SupervisorBench(folder);
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  /** Gives an order to a new supervisor and resolves with its answer. */
  async order(
    type: "run" | "describe",
    file: string,
  ): Promise<{ answer: SupervisorAnswer; process: ChildProcess }> {
    const child = fork(ENTRY, [], {
      detached: true,
      execArgv: [],
      env: { ...process.env, XDG_RUNTIME_DIR: join(this.folder, "run"), JFLOW_BENCH: this.folder },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#processes.push(child);
    child.send({
      type,
      file: join(this.folder, file),
      variables: process.env,
      ...(type === "run" ? { hold: true } : {}),
    });
    const [answer] = (await once(child, "message")) as [SupervisorAnswer];
    return { answer, process: child };
  }

  /** `jflow up`: resolves when the supervisor listens. */
  async up(file: string): Promise<WatchedFlow> {
    const { answer, process: child } = await this.order("run", file);
    if (answer.type !== "listening")
      throw new Error(`the supervisor answered ${JSON.stringify(answer)}`);
    const exited = once(child, "exit");
    child.disconnect();
    return watch(answer, child, exited);
  }

  /** The processes that the flows of this bench have now, supervisors excepted. */
  children(): readonly number[] {
    return (readPids() ?? []).filter((pid) => {
      const environment = readOrEmpty(`/proc/${pid}/environ`);
      return (
        environment.includes(`JFLOW_BENCH=${this.folder}\0`) &&
        environment.includes("JFLOW_EXECUTOR=")
      );
    });
  }

  /** Resolves when no child is left; rejects after `withinMs` with the pids that are. */
  async childless(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (this.children().length > 0) {
      if (performance.now() > deadline)
        throw new Error(`still there after ${withinMs} ms: ${this.children().join(", ")}`);
      await new Promise(setImmediate);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) child.kill("SIGKILL");
    for (const pid of this.children()) signalProcess(pid, "SIGKILL");
    await this.childless(WITHIN_MS);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function watch(
  answer: { socket: string; pid: number },
  child: ChildProcess,
  exited: Promise<unknown>,
): WatchedFlow {
  const control = new ControlClient(answer.socket);
  const events: FlowEvent[] = [];
  const waiting = new Set<() => void>();
  const watcher = control.watch({ events: EVENTS, holds: true });
  watcher.onMessage((event) => {
    events.push(event);
    for (const look of waiting) look();
  });
  watcher.onClosed(() => undefined);
  const ask = async (request: ControlRequest): Promise<ControlAnswer> =>
    control.ask(request, WITHIN_MS);
  const status = async (): Promise<FlowStatus> => {
    const told = await ask({ ask: "status" });
    if (!told.ok || !("status" in told)) throw new Error(`no status: ${JSON.stringify(told)}`);
    return told.status;
  };
  return {
    pid: answer.pid,
    process: child,
    control,
    events,
    exited,
    ask,
    status,
    async replica(address) {
      const { replicas } = await status();
      return replicas.find((replica) => replica.address === address)!;
    },
    letGo() {
      watcher.close();
      control.close();
    },
    async seen(type, isMeant = () => true) {
      type Meant = Extract<FlowEvent, { type: typeof type }>;
      const find = (): Meant | undefined =>
        events.find((event): event is Meant => event.type === type && isMeant(event as Meant));
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(look);
          reject(
            new Error(
              `no such "${type}" among:\n${events.map((event) => JSON.stringify(event)).join("\n")}`,
            ),
          );
        }, WITHIN_MS);
        const look = (): void => {
          const found = find();
          if (found === undefined) return;
          clearTimeout(late);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
  };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process is gone, or another user's.
    return "";
  }
}
