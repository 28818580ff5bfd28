import type { ReplicaSpec } from "../model/replica.ts";
import { toJflowError, type ErrorCode } from "../util/errors.ts";
import { jflowVersion } from "../util/version.ts";
import { ParentChannel } from "../util/process/parent-channel.ts";
import { LocalSupervisorLink } from "../wire/control/local-supervisor-link.ts";
import type { SupervisorLink } from "../wire/control/supervisor-link.ts";
import { describeExecutor } from "./executor/describe-executor.ts";
import { describeThrown } from "./executor/describe-thrown.ts";
import { formatJinaPlace } from "./executor/results.ts";
import type { Tracer } from "../wire/tracing/tracer.ts";
import type { WorkerDeps, Worker } from "./worker.ts";
import { TERMINATE_DRAIN_MS } from "../util/limits/requests.ts";

/** Exit code of a worker that could not start, or whose supervisor is gone. */
const EXIT_FAILED = 1;
/**
 * The exit code of a stateful worker after an exception outside any request. Its memory may be
 * wrong, but its log is intact.
 */
const EXIT_BROKEN = 70;
/**
 * Errors that another start cannot fix: a wrong option, a class that is not an executor, or
 * something that is missing on this machine.
 */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  "INVALID_ARGUMENT",
  "FLOW_INVALID",
  "NOT_FOUND",
  "FAILED_PRECONDITION",
]);

const supervisor: SupervisorLink<ReplicaSpec> = new LocalSupervisorLink(new ParentChannel(process));
// The supervisor is gone. Every acknowledged write is on disk.
supervisor.onLost(() => process.exit(EXIT_FAILED));

const deps: WorkerDeps = {
  supervisor,
  log: {
    info: (message) => print(process.stdout, message),
    warn: (message) => print(process.stderr, message),
    error: (message) => print(process.stderr, message),
  },
  end(code, message) {
    if (message !== undefined) print(process.stderr, message);
    process.exit(code);
  },
};

let lastPrinted = "";

void supervisor.spec.then((spec) => run(spec).catch((thrown: unknown) => fail(spec, thrown)));

async function run(spec: ReplicaSpec): Promise<void> {
  if (spec.mode === "describe") {
    const { hello } = await describeExecutor(spec);
    await supervisor.answer(hello);
    process.exit(0);
  }
  if (spec.mode === "reshard") {
    const { carryOutReshard } = await import("./reshard/carry-out.ts");
    await supervisor.answer(await carryOutReshard(spec, deps.log));
    process.exit(0);
  }
  if (spec.module.python !== undefined) return runPython(spec);
  const { Worker } = await import("./worker.ts");
  const worker = await Worker.start(spec, { ...deps, tracer: await openWorkerTracer(spec) });
  surviveStrayExceptions(worker);
  process.on("SIGTERM", () => worker.drain(TERMINATE_DRAIN_MS));
  await supervisor.answer(worker.hello);
}

async function openWorkerTracer(spec: ReplicaSpec): Promise<Tracer | undefined> {
  const { tracing, flow } = spec;
  if (tracing === undefined) return undefined;
  const { openTracer } = await import("../wire/tracing/open-tracer.ts");
  const version = jflowVersion();
  const options = { tracing, env: process.env, runtime: formatJinaPlace(spec), flow, version };
  return openTracer({ ...options, isGlobal: true }, (text) => deps.log.warn(text));
}

/** Starts the executor as a Python process, which this process keeps. */
async function runPython(spec: ReplicaSpec): Promise<void> {
  const { PythonKeeper } = await import("./python/python-keeper.ts");
  const kept = await PythonKeeper.start(spec, {
    supervisor,
    program: process.env["JFLOW_PYTHON"] ?? "python3",
    env: process.env,
    print: (stream, line) => print(process[stream], line),
    end: (code, message) => deps.end(code, message),
  });
  process.on("SIGTERM", () => kept.drain(TERMINATE_DRAIN_MS));
  await supervisor.answer(kept.hello);
}

/**
 * An exception outside any request may have left work half done. This is harmless in a stateless
 * worker, but not where state is kept.
 */
function surviveStrayExceptions(worker: Worker): void {
  process.on("uncaughtException", (thrown) => {
    worker.reportStray(thrown);
    if (worker.hello.stateful) process.exit(EXIT_BROKEN);
  });
}

async function fail(spec: ReplicaSpec, thrown: unknown): Promise<void> {
  const error = toJflowError(thrown);
  // The message of a jflow error is enough. For an exception of user code, the stack is printed.
  // Python may already have printed the message as its last line.
  const text =
    error === thrown && error.code !== "INTERNAL" ? error.message : describeThrown(thrown);
  if (text !== lastPrinted) print(process.stderr, text);
  const stack = thrown instanceof Error && thrown !== error ? thrown.stack : undefined;
  await supervisor.answer({
    type: "failed",
    processId: spec.processId,
    message: error.message,
    isLasting: LASTING.has(error.code),
    ...(stack === undefined ? {} : { stack }),
  });
  process.exit(EXIT_FAILED);
}

function print(stream: NodeJS.WriteStream, line: string): void {
  lastPrinted = line;
  stream.write(`${line}\n`);
}
