import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { ChildCommand, ChildReport } from "../../src/model/control/messages.ts";
import type { ChildFailed, ReplicaSpec, WorkerHello } from "../../src/model/replica.ts";
import { ControlServer, type ChildChannel } from "../../src/wire/control/control-server.ts";
import { WorkerConnection } from "../../src/wire/exchange/worker-connection.ts";
import { compileFixtures } from "./compile-fixtures.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Real worker processes of the code under test, and the socket of a supervisor that they register
 * with.
 */
export interface WorkerBench {
  /** A folder for workspaces. */
  readonly folder: string;
  /** Starts a process and sends it the spec. `changes` differ from the defaults. */
  start(changes: Partial<ReplicaSpec>): WorkerProcess;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A worker process and everything that it does. */
export interface WorkerProcess {
  readonly spec: ReplicaSpec;
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** The first message over IPC. */
  readonly answer: Promise<WorkerHello | ChildFailed>;
  /** The hello; rejects with the reason of a failure. */
  hello(): Promise<WorkerHello>;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly channel: Promise<ChildChannel>;
  onReport(listener: (report: ChildReport) => void): void;
  command(command: ChildCommand): Promise<void>;
  /** The next report of that type. */
  report<Type extends ChildReport["type"]>(
    type: Type,
  ): Promise<Extract<ChildReport, { type: Type }>>;
  connection(): Promise<WorkerConnection>;
}

export async function openWorkerBench(): Promise<WorkerBench> {
  const folder = await mkdtemp(join(tmpdir(), "jflow-bench-"));
  // Inside node_modules, so that the bundle finds the packages it leaves out.
  const bundle = join(
    ROOT,
    "node_modules",
    ".cache",
    `jflow-worker-${process.pid}-${folder.slice(-6)}`,
  );
  await mkdir(bundle, { recursive: true });
  const removeFolders = async (): Promise<void> => {
    await Promise.all([folder, bundle].map((place) => rm(place, { recursive: true, force: true })));
  };
  const [path] = await Promise.all([compileFixtures(folder), bundleWorker(bundle)]).catch(
    async (error: unknown) => {
      await removeFolders();
      throw error;
    },
  );
  const socket = join(folder, "control.sock");
  const registering = new Map<string, (channel: ChildChannel) => void>();
  const control = await ControlServer.listen(socket, {
    register: (channel) => {
      channel.onMessage((report) => {
        if (report.type === "register") registering.get(report.processId)?.(channel);
      });
    },
    follow: () => undefined,
    watch: () => undefined,
    ask: () => Promise.resolve({ ok: false, code: "UNIMPLEMENTED", message: "no questions here" }),
  });
  const started: Started[] = [];
  return {
    folder,
    start: (changes) => {
      const spec = completeSpec(changes, { path, socket, folder });
      const worker = new Started(spec, join(bundle, "main.js"), registering);
      started.push(worker);
      return worker;
    },
    async [Symbol.asyncDispose]() {
      for (const worker of started) await worker.dispose();
      await control.close();
      await removeFolders();
    },
  };
}

class Started implements WorkerProcess {
  readonly spec: ReplicaSpec;
  readonly child: ChildProcess;
  readonly output = { stdout: "", stderr: "" };
  readonly answer: Promise<WorkerHello | ChildFailed>;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly channel: Promise<ChildChannel>;
  readonly #listeners = new Set<(report: ChildReport) => void>();
  #connection: WorkerConnection | undefined;

  constructor(
    spec: ReplicaSpec,
    entry: string,
    registering: Map<string, (channel: ChildChannel) => void>,
  ) {
    this.spec = spec;
    this.channel = new Promise((resolve) => {
      registering.set(spec.processId, (channel) => {
        channel.onMessage((report) => {
          for (const listener of this.#listeners) listener(report);
        });
        resolve(channel);
      });
    });
    this.child = fork(entry, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: ["--enable-source-maps"],
    });
    this.child.stdout?.on("data", (chunk: Buffer) => (this.output.stdout += chunk.toString()));
    this.child.stderr?.on("data", (chunk: Buffer) => (this.output.stderr += chunk.toString()));
    this.exit = new Promise((resolve) => {
      this.child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    this.answer = new Promise((resolve) => {
      this.child.once("message", (message: WorkerHello | ChildFailed) => resolve(message));
    });
    this.child.send(spec);
  }

  async hello(): Promise<WorkerHello> {
    const answer = await Promise.race([this.answer, this.exit]);
    if ("type" in answer && answer.type === "hello") return answer;
    throw new Error(
      `${this.spec.address} did not start: ${JSON.stringify(answer)}\n${this.output.stderr}`,
    );
  }

  onReport(listener: (report: ChildReport) => void): void {
    this.#listeners.add(listener);
  }

  async command(command: ChildCommand): Promise<void> {
    (await this.channel).send(command);
  }

  report<Type extends ChildReport["type"]>(
    type: Type,
  ): Promise<Extract<ChildReport, { type: Type }>> {
    return new Promise((resolve) => {
      const listener = (report: ChildReport): void => {
        if (!isOfType(report, type)) return;
        this.#listeners.delete(listener);
        resolve(report);
      };
      this.#listeners.add(listener);
    });
  }

  async connection(): Promise<WorkerConnection> {
    const { port } = await this.hello();
    this.#connection ??= new WorkerConnection(`127.0.0.1:${port}`, {
      maxMessageBytes: this.spec.maxMessageBytes,
    });
    return this.#connection;
  }

  async dispose(): Promise<void> {
    this.#connection?.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}

function isOfType<Type extends ChildReport["type"]>(
  report: ChildReport,
  type: Type,
): report is Extract<ChildReport, { type: Type }> {
  return report.type === type;
}

let processes = 0;

function completeSpec(
  changes: Partial<ReplicaSpec>,
  place: { path: string; socket: string; folder: string },
): ReplicaSpec {
  processes += 1;
  const spec = {
    flow: "test",
    deployment: "store",
    shard: 0,
    shards: 1,
    replica: 0,
    replicas: 1,
    uses: "./executors.ts#Store",
    ...changes,
  };
  return {
    kind: "worker",
    mode: "run",
    address: `${spec.deployment}/${spec.shard}/${spec.replica}`,
    processId: `process-${processes}`,
    module: { path: place.path, exportName: spec.uses.split("#")[1] ?? "" },
    usesWith: {},
    workspace: join(place.folder, spec.deployment, String(spec.shard), String(spec.replica)),
    durability: "request",
    host: "127.0.0.1",
    controlSocket: place.socket,
    maxMessageBytes: 16 * 1024 * 1024,
    exitOnExceptions: [],
    ...spec,
  };
}

/** Bundles the worker into one folder, so that a test needs no build first. */
async function bundleWorker(outdir: string): Promise<void> {
  await build({
    entryPoints: [join(ROOT, "src/worker/main.ts")],
    outdir,
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    logLevel: "error",
  });
}
