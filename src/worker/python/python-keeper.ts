import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { JflowError } from "../../util/errors.ts";
import type {
  LivenessPolicy,
  PythonExecutor,
  ReplicaSpec,
  WorkerHello,
} from "../../model/replica.ts";
import type { ChildReport } from "../../model/control/messages.ts";
import type { Described } from "../../model/supervisor.ts";
import { hasCode } from "../../util/error-code.ts";
import { makeFolder } from "../../util/files/make-folder.ts";
import { dieWithParent } from "../../util/process/die-with-parent.ts";
import { sampleProcess } from "../../util/process/process-identity.ts";
import { readLines } from "../../util/text/line-splitter.ts";
import type { SupervisorLink } from "../../wire/control/supervisor-link.ts";
import { collectorOfPython, type Environment } from "../../wire/tracing/choose-exporter.ts";
import { JinaPeer } from "../../wire/jina/client/jina-peer.ts";
import { describePeer } from "../../wire/jina/messages/discovery.ts";
import { handleCommands } from "../service/supervisor-commands.ts";
import { findExecutorClass, makeCommandLine } from "./command-line.ts";
import { explainEnd } from "./explain-end.ts";
import { LivenessProbes } from "./liveness-probes.ts";
import { watchHealth, type HealthCheck } from "./python-health.ts";
import { MAX_OUTPUT_LINE_CHARS } from "../../util/limits/processes.ts";

/** The collaborators of the keeper in its process. */
export interface KeeperDeps {
  readonly supervisor: SupervisorLink<ReplicaSpec>;
  /** The Python to start. */
  readonly program: string;
  /** The environment of this process. */
  readonly env: Environment;
  print(stream: "stdout" | "stderr", line: string): void;
  end(code: number, message?: string): void;
}

const PROBE_MS = 100;
const CALL_MS = 2_000;
/** How long the output is read after the exit. */
const LAST_OUTPUT_MS = 200;
const MAX_TAIL_LINES = 50;
/** The exit code if a signal ended the executor. */
const EXIT_KILLED = 1;

/**
 * Keeps a stock Python executor as a child of this process. The gateway calls the executor
 * directly. This process prints the output of the executor, ends when it ends, and ends it when
 * this process dies.
 */
export class PythonKeeper {
  readonly #child: StartedPython;
  readonly #deps: KeeperDeps;
  #hello: WorkerHello | undefined;
  #isDraining = false;
  #probes: LivenessProbes | undefined;

  private constructor(child: StartedPython, deps: KeeperDeps) {
    this.#child = child;
    this.#deps = deps;
  }

  /** Resolves when the executor serves. Throws the error of `explainEnd` if it ends earlier. */
  static async start(spec: ReplicaSpec, deps: KeeperDeps): Promise<PythonKeeper> {
    const python = spec.module.python!;
    await makeFolder(spec.workspace);
    const port = spec.port ?? (await findFreePort(spec.host));
    const uses = await nameUses(python);
    const child = startPython(
      makeCommandLine(spec, {
        python,
        uses,
        port,
        collector: collectorOfPython(spec.tracing, deps.env),
      }),
      deps,
    );
    const keeper = new PythonKeeper(child, deps);
    await keeper.#register(spec);
    await keeper.#serve(spec, port);
    return keeper;
  }

  get hello(): WorkerHello {
    if (this.#hello === undefined) throw new Error("the Python executor is not serving yet");
    return this.#hello;
  }

  /** Gives the executor `timeoutMs` to finish its requests, then ends this process. */
  drain(timeoutMs: number): void {
    this.#isDraining = true;
    this.#child.process.kill("SIGTERM");
    setTimeout(() => this.#deps.end(0), timeoutMs).unref();
  }

  async #register(spec: ReplicaSpec): Promise<void> {
    handleCommands(await this.#deps.supervisor.register(spec), spec.address, {
      heartbeat: () => this.#heartbeat(),
      replication: () => undefined,
      drain: (timeoutMs) => this.drain(timeoutMs),
      measure: () => [],
      inspect: () =>
        Promise.reject(new JflowError("UNIMPLEMENTED", "a Python executor cannot be inspected")),
      copyTask: () =>
        Promise.reject(new JflowError("UNIMPLEMENTED", "a Python executor has no copy of a shard")),
      lost: (reason) => this.#deps.end(EXIT_KILLED, `the supervisor is gone: ${reason}`),
    });
  }

  async #serve(spec: ReplicaSpec, port: number): Promise<void> {
    const child = this.#child;
    const { program } = this.#deps;
    const end = (code: number, message?: string): void => this.#deps.end(code, message);
    const peer = new JinaPeer(`${spec.host}:${port}`);
    const refused = child.ended.then((code) => {
      throw explainEnd({ program, code, tail: child.tail });
    });
    await Promise.race([waitUntilServing(peer), refused]);
    void child.ended.then((code) => (this.#isDraining ? end(0) : end(code, describeEnd(child))));
    const described = describePeer(await peer.endpointDiscovery({ timeoutMs: CALL_MS }));
    this.#watch(peer, spec.liveness, (reason) => end(EXIT_KILLED, `jina executor: ${reason}`));
    const kept = child.process.pid === undefined ? {} : { keptPid: child.process.pid };
    this.#hello = { ...makeHello(spec, port, described), ...kept };
  }

  #watch(
    peer: JinaPeer,
    liveness: LivenessPolicy | undefined,
    end: (reason: string) => void,
  ): void {
    const { pid = 0 } = this.#child.process;
    const check = async (): Promise<HealthCheck> => ({
      isServing: await isServing(peer, CALL_MS),
      process: sampleProcess(pid),
    });
    if (liveness === undefined) watchHealth(check, end);
    else
      this.#probes = new LivenessProbes(liveness, {
        probe: async (timeoutMs) => isServing(peer, timeoutMs),
        end,
      });
  }

  #heartbeat(): ChildReport {
    const unhealthy = this.#probes?.failure;
    return { type: "heartbeat", docs: null, ...(unhealthy === undefined ? {} : { unhealthy }) };
  }
}

function makeHello(spec: ReplicaSpec, port: number, described: Described): WorkerHello {
  return {
    type: "hello",
    kind: "worker",
    processId: spec.processId,
    port,
    ...described,
    notices:
      spec.replicas > 1
        ? [
            `${spec.deployment}: the replicas of a Python executor do not share their state, as in Jina. Replicas of built-in and TypeScript executors can`,
          ]
        : [],
  };
}

/** Describes an end that the output of Python does not explain. */
function describeEnd({ process: { signalCode } }: StartedPython): string | undefined {
  return signalCode === null ? undefined : `Python was ended by ${signalCode}`;
}

/** If a Python file is given without a class name, its only Executor is used. */
async function nameUses({ uses, modules }: PythonExecutor): Promise<string> {
  if (uses !== undefined) return uses;
  const [file] = modules;
  return findExecutorClass(await readFile(file!, "utf8"), file!);
}

interface StartedPython {
  readonly process: ChildProcess;
  /** The last lines it wrote to stderr. */
  readonly tail: string[];
  /** Resolves with its exit code. */
  readonly ended: Promise<number>;
}

function startPython(args: readonly string[], deps: KeeperDeps): StartedPython {
  const { program } = deps;
  const command = dieWithParent(program, args) ?? { program, args };
  const child = spawn(command.program, command.args, {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const tail: string[] = [];
  const ended = new Promise<number>((resolve) => {
    child.once("error", (error) => {
      tail.push(hasCode(error, "ENOENT") ? `${program}: No such file or directory` : error.message);
      resolve(EXIT_KILLED);
    });
    // After `close` its last lines have been read. A process that it started may hold the pipes
    // open.
    child.once("close", (code) => resolve(code ?? EXIT_KILLED));
    child.once("exit", (code) => {
      setTimeout(() => resolve(code ?? EXIT_KILLED), LAST_OUTPUT_MS).unref();
    });
  });
  for (const stream of ["stdout", "stderr"] as const) {
    void readLines(child[stream], MAX_OUTPUT_LINE_CHARS, (line) => {
      deps.print(stream, line);
      tail.push(line);
      tail.splice(0, tail.length - MAX_TAIL_LINES);
    });
  }
  return { process: child, tail, ended };
}

/**
 * Returns a port that was free a moment ago. If another process takes the port, the executor cannot
 * start, and is started again with another port.
 */
async function findFreePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Any failure of the request means that the executor is not ready. */
async function isServing(peer: JinaPeer, timeoutMs: number): Promise<boolean> {
  return peer.isServing({ timeoutMs }).catch(() => false);
}

/** The supervisor decides how long a start may take. */
async function waitUntilServing(peer: JinaPeer): Promise<void> {
  for (;;) {
    if (await isServing(peer, CALL_MS)) return;
    await sleep(PROBE_MS);
  }
}
