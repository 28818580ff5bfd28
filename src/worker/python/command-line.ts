import { JflowError } from "../../model/errors.ts";
import type { PythonExecutor, ReplicaSpec } from "../../model/replica.ts";
import { formatJinaPlace } from "../results.ts";

/** What the command line of a Python executor is made of beside its spec. */
interface CommandPlace {
  readonly python: PythonExecutor;
  /** A YAML file, or the name of a class. */
  readonly uses: string;
  readonly port: number;
}

/** Without this a second executor binds the same port, and one of the two gets the other's requests. */
const ALONE_ON_PORT = { "grpc.so_reuseport": 0 };

/** The arguments of Python that start a stock `jina executor` for one replica. */
export function makeCommandLine(spec: ReplicaSpec, { python, uses, port }: CommandPlace): string[] {
  const modules = python.modules.length === 0 ? [] : ["--py-modules", ...python.modules];
  const place = ["--name", formatJinaPlace(spec), "--host", spec.host, "--port", String(port)];
  return [
    "-m",
    "jina",
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
    ...asJson("--uses-with", spec.usesWith),
    ...asJson("--uses-requests", spec.usesRequests ?? {}),
    ...asJson("--uses-metas", python.metas ?? {}),
    ...asJson("--uses-dynamic-batching", python.dynamicBatching ?? {}),
    ...asJson("--grpc-server-options", ALONE_ON_PORT),
    ...(spec.exitOnExceptions.length === 0 ? [] : ["--exit-on-exceptions", ...spec.exitOnExceptions]),
  ];
}

function asJson(option: string, value: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(value).length === 0 ? [] : [option, JSON.stringify(value)];
}

const CLASS = /^class\s+([A-Za-z_]\w*)\s*\(\s*(?:jina\.)?Executor\b/gm;

/** The one class of a Python file that is an Executor. Throws `FAILED_PRECONDITION` where there is none or several. */
export function findExecutorClass(text: string, file: string): string {
  const names = [...text.matchAll(CLASS)].map(([, name]) => name!);
  if (names.length === 1) return names[0]!;
  const found = names.length === 0 ? "no class that is an Executor" : `${names.length} Executors: ${names.join(", ")}`;
  throw new JflowError("FAILED_PRECONDITION", `${file} has ${found}; write uses: ${file}#Name`);
}

/** What is missing on this machine, in one sentence with what mends it; undefined for other ends. */
export function explainMissing(program: string, output: readonly string[]): string | undefined {
  const module = /No module named '?(jina|docarray)\b/.exec(output.join("\n"))?.[1];
  if (module === undefined) return undefined;
  return `${program} has no ${module}: run ${program} -m pip install jina==3.27.0 docarray==0.21.1, or set JFLOW_PYTHON to a Python that has them`;
}
