import type { DocumentFormat } from "../../src/document/v2/document-format.ts";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Rig } from "../rig/rig.ts";
import type { Prepared } from "./case.ts";
import { pythonOf, type Job, type Stock } from "./stock.ts";

/** The ports of a flow's gateway. */
export interface Ports {
  readonly grpc: number;
  readonly http: number;
  readonly websocket: number;
}

/** A running flow of Jina or of jflow, and the clients of Jina that ask it. */
export interface Side extends AsyncDisposable {
  /** `instead`: no flow, but the replacement for stock Jina that the scenario names. */
  readonly kind: "jina" | "jflow" | "instead";
  readonly ports: Ports;
  readonly folder: string;
  /** Runs a job of Jina's client with the `port` and `protocol` of this flow. */
  ask(job: Job, timeoutMs?: number): Promise<unknown>;
  /** The running flow of jflow; absent for Jina. */
  readonly rig?: Rig;
  /** The values that the scenario prepared. */
  readonly values?: Prepared["values"];
}

/** The executor that `@Twin` in a scenario's flow file means on each side. */
function nameTwins(flow: string, kind: Side["kind"]): string {
  return flow.replace(/@(\w+)/g, kind === "jina" ? "$1" : "./twins.ts#$1");
}

/** Returns the flow file of one side from the flow file of a scenario. */
export function renderFlow(flow: string, kind: Side["kind"], ports: Ports): string {
  const listen = `{protocol: [grpc, http, websocket], port: [${ports.grpc}, ${ports.http}, ${ports.websocket}]}`;
  return nameTwins(flow.replace("@listen", listen.slice(1, -1)), kind);
}

/** Returns ports that are free at the moment. */
export async function findPorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map(async (server) => new Promise((closed) => server.close(closed))));
  return ports;
}

async function findGatewayPorts(): Promise<Ports> {
  const [grpc = 0, http = 0, websocket = 0] = await findPorts(3);
  return { grpc, http, websocket };
}

function askAt(stock: Stock, ports: Ports): Side["ask"] {
  return async (job, timeoutMs) => {
    const protocol = (job["protocol"] ?? "grpc") as keyof Ports;
    return stock.ask({ ...job, protocol, port: ports[protocol] }, timeoutMs);
  };
}

const BESIDE = [
  "twins.ts",
  "python/twins.py",
  "python/twin.yml",
  "python/twins_v2.py",
  "python/documents_v2.py",
  "python/streams.py",
  "python/streams_v2.py",
  "python/tfidf.py",
  "python/tfidf.yml",
] as const;

/** Copies the executors into the folder of a flow file. */
function copyExecutors(folder: string): void {
  for (const file of BESIDE)
    copyFileSync(join(import.meta.dirname, file), join(folder, basename(file)));
}

/** Starts a flow with stock Jina. */
export async function startJina(
  stock: Stock,
  flow: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), "jflow-interop-"));
  const ports = await findGatewayPorts();
  writeFileSync(join(folder, "flow.yml"), renderFlow(flow, "jina", ports));
  copyExecutors(folder);
  const serving = await stock.begin({ op: "serve", folder, env });
  if (!(serving.answer as { ready?: boolean }).ready) {
    await serving.stop();
    throw new Error(`stock Jina does not start:\n${flow}\n${JSON.stringify(serving.answer)}`);
  }
  return {
    kind: "jina",
    ports,
    folder,
    ask: askAt(stock, ports),
    [Symbol.asyncDispose]: async () => {
      await serving.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Computes answers in Python without any flow. */
export function standIn(stock: Stock): Side {
  return {
    kind: "instead",
    ports: { grpc: 0, http: 0, websocket: 0 },
    folder: "",
    ask: async (job, timeoutMs) => stock.ask(job, timeoutMs),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Starts the same flow with jflow; Python executors run in the environment of `format`. */
export async function startJflow(
  stock: Stock,
  flow: string,
  format: DocumentFormat,
  env: Readonly<Record<string, string>> = {},
): Promise<Side> {
  const rig = new Rig(undefined, {
    JFLOW_PYTHON: pythonOf(format),
    JINA_OPTOUT_TELEMETRY: "1",
    ...env,
  });
  const ports = await findGatewayPorts();
  rig.write("flow.yml", renderFlow(flow, "jflow", ports));
  copyExecutors(rig.folder);
  const side: Side = {
    kind: "jflow",
    ports,
    folder: rig.folder,
    ask: askAt(stock, ports),
    rig,
    [Symbol.asyncDispose]: async () => rig[Symbol.asyncDispose](),
  };
  try {
    await rig.up();
  } catch (error) {
    await rig[Symbol.asyncDispose]();
    throw error;
  }
  return side;
}
