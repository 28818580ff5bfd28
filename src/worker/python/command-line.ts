import { fileURLToPath } from "node:url";
import { JflowError } from "../../util/errors.ts";
import type { PythonExecutor, ReplicaSpec } from "../../model/replica.ts";
import { formatJinaPlace } from "../executor/results.ts";

/** The parts of the command line of a Python executor in addition to its spec. */
interface CommandPlace {
  readonly python: PythonExecutor;
  /** A YAML file, or the name of a class. */
  readonly uses: string;
  readonly port: number;
  /** The collector of traces, which Jina's exporter reaches by gRPC. Absent: no traces. */
  readonly collector?: { readonly host: string; readonly port: string } | undefined;
}

/** Without this option, a second executor binds the same port and takes requests of the first. */
const ALONE_ON_PORT = { "grpc.so_reuseport": 0 };

/** The program that starts an executor in the same way as `jina executor`. */
const PROGRAM = fileURLToPath(new URL("start-executor.py", import.meta.url));

/**
 * Returns the arguments of Python that start a stock executor for one replica. With `-u`, its
 * output appears at once.
 */
export function makeCommandLine(
  spec: ReplicaSpec,
  { python, uses, port, collector }: CommandPlace,
): string[] {
  const modules = python.modules.length === 0 ? [] : ["--py-modules", ...python.modules];
  const place = ["--name", formatJinaPlace(spec), "--host", spec.host, "--port", String(port)];
  return [
    "-u",
    PROGRAM,
    "executor",
    "--native",
    "--uses",
    uses,
    ...modules,
    ...place,
    "--workspace",
    spec.workspace,
    "--shard-id",
    String(spec.shard),
    "--replica-id",
    String(spec.replica),
    "--shards",
    String(spec.shards),
    "--replicas",
    String(spec.replicas),
    ...(python.options === undefined ? [] : ["--uses-with", python.options]),
    ...asJson("--uses-requests", spec.usesRequests ?? {}),
    ...asJson("--uses-metas", python.metas ?? {}),
    ...asJson("--uses-dynamic-batching", python.dynamicBatching ?? {}),
    ...(python.allowConcurrent === true ? ["--allow-concurrent"] : []),
    ...(python.outputArrayType === undefined
      ? []
      : ["--output-array-type", python.outputArrayType]),
    ...asJson("--grpc-server-options", ALONE_ON_PORT),
    ...(collector === undefined
      ? []
      : [
          "--tracing",
          "--traces-exporter-host",
          collector.host,
          "--traces-exporter-port",
          collector.port,
        ]),
    ...(spec.exitOnExceptions.length === 0
      ? []
      : ["--exit-on-exceptions", ...spec.exitOnExceptions]),
  ];
}

function asJson(option: string, value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value).length === 0 ? [] : [option, JSON.stringify(value)];
}

const CLASS = /^class\s+([A-Za-z_]\w*)\s*\(\s*(?:jina\.)?Executor\b/gm;

/**
 * Returns the one class of a Python file that is an Executor. Throws `FAILED_PRECONDITION` if the
 * file has no such class or several.
 */
export function findExecutorClass(text: string, file: string): string {
  const names = [...text.matchAll(CLASS)].map(([, name]) => name!);
  if (names.length === 1) return names[0]!;
  const found =
    names.length === 0
      ? "no class that is an Executor"
      : `${names.length} Executors: ${names.join(", ")}`;
  throw new JflowError("FAILED_PRECONDITION", `${file} has ${found}; write uses: ${file}#Name`);
}
