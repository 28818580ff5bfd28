import { toAbortSignal, type Cancellation } from "../../src/wire/cancellation.ts";
import { afterEach } from "vitest";
import type { ControlAnswer } from "../../src/model/control/messages.ts";
import { Document } from "../../src/document/document.ts";
import type { GatewaySpec, Listener } from "../../src/model/replica.ts";
import type { Topology } from "../../src/model/topology.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import type { WorkerReply, WorkerRequest } from "../../src/wire/exchange/messages.ts";
import { WorkerServer } from "../../src/wire/exchange/worker-server.ts";
import { DataRequest, makeRequestId } from "../../src/wire/jina/messages/data-request.ts";
import { JinaPeer } from "../../src/wire/jina/client/jina-peer.ts";

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const HOST = "127.0.0.1";

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]();
});

/** Closes something after the test. */
export function closeAfterwards(close: () => Promise<void>): void {
  opened.push({ [Symbol.asyncDispose]: close });
}

export type Method = (
  documents: Document[],
  request: {
    endpoint: string;
    parameters: Readonly<Record<string, unknown>>;
    worker: WorkerRequest;
    signal: AbortSignal;
  },
) => Document[] | void | Promise<Document[] | void>;

export interface TestWorker extends Pick<WorkerServer, "port" | "close" | "setServing"> {
  /** `host:port`. */
  readonly target: string;
  readonly seen: WorkerRequest[];
}

/** A worker on a real socket, whose answer is what `method` makes of the documents. */
export async function startWorker(method: Method): Promise<TestWorker> {
  return startRawWorker(async (request, signal) => {
    const views = request.requests.map((bytes) => DataRequest.read(bytes));
    const documents = views.flatMap((view) =>
      view.documents.map((bytes) => Document.decode(bytes)),
    );
    const { endpoint } = request;
    const made = await method(documents, {
      endpoint,
      parameters: views[0]!.parameters,
      worker: request,
      signal: toAbortSignal(signal),
    });
    const response = views[0]!
      .with({
        documents: (made ?? documents).map((document) => document.encode()),
      })
      .toBytes();
    return { response, isError: false };
  });
}

/** A worker on a real socket that answers as it likes. */
export async function startRawWorker(
  handler: (request: WorkerRequest, signal: Cancellation) => Promise<WorkerReply>,
): Promise<TestWorker> {
  const seen: WorkerRequest[] = [];
  const server = await WorkerServer.start({
    host: HOST,
    port: 0,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    endpoints: { endpoints: [], writeEndpoints: [] },
    handler: async (request, signal) => {
      seen.push(request);
      return handler(request, signal);
    },
  });
  closeAfterwards(() => server.close(0));
  const close = (graceMs?: number): Promise<void> => server.close(graceMs);
  return {
    port: server.port,
    target: `${HOST}:${server.port}`,
    seen,
    close,
    setServing: (on) => server.setServing(on),
  };
}

export interface TestGateway extends Gateway {
  readonly notices: string[];
  portOf(protocol: Listener["protocol"]): number;
}

export function makeSpec(changes: Partial<GatewaySpec> = {}): GatewaySpec {
  return {
    kind: "gateway",
    flow: "test",
    processId: "gateway@1",
    host: HOST,
    listeners: [{ protocol: "grpc", port: 0 }],
    controlSocket: "unused",
    maxMessageBytes: MAX_MESSAGE_BYTES,
    prefetch: 0,
    cors: false,
    title: "test",
    description: "",
    noDebugEndpoints: false,
    noCrudEndpoints: false,
    exposeEndpoints: {},
    ...changes,
  };
}

/** A gateway on real sockets, without a supervisor: the test gives it its topology. */
export async function startGateway(
  topology: Topology | undefined,
  changes: Partial<GatewaySpec> = {},
): Promise<TestGateway> {
  const notices: string[] = [];
  const gateway = await Gateway.open(makeSpec(changes), {
    ask: (): Promise<ControlAnswer> =>
      Promise.resolve({ ok: false, code: "UNAVAILABLE", message: "no supervisor here" }),
    report: (text) => notices.push(text),
    version: "0.0.0",
  });
  closeAfterwards(async () => gateway[Symbol.asyncDispose]());
  if (topology) gateway.update(topology);
  return Object.assign(gateway, {
    notices,
    portOf: (protocol: Listener["protocol"]): number =>
      gateway.listeners.find((one) => one.protocol === protocol)!.port,
  });
}

/** A client of the gateway's gRPC front. */
export function connectClient(gateway: TestGateway): JinaPeer {
  const peer = new JinaPeer(`${HOST}:${gateway.portOf("grpc")}`, {
    maxMessageBytes: MAX_MESSAGE_BYTES,
  });
  closeAfterwards(async () => peer.close());
  return peer;
}

/** A request's bytes. */
export function makeRequest(
  endpoint: string,
  documents: readonly (string | Document)[],
  parts: { parameters?: Record<string, unknown>; targetExecutor?: string } = {},
): Uint8Array {
  const header = {
    requestId: makeRequestId(),
    execEndpoint: endpoint,
    targetExecutor: parts.targetExecutor ?? "",
  };
  const encoded = documents.map((one) =>
    (typeof one === "string" ? new Document({ id: one }) : one).encode(),
  );
  return DataRequest.make({
    header,
    documents: encoded,
    ...(parts.parameters ? { parameters: parts.parameters } : {}),
  }).toBytes();
}

/** Decodes an answer. */
export function readAnswer(response: Uint8Array): {
  documents: Document[];
  parameters: Readonly<Record<string, unknown>>;
  status: DataRequest["header"]["status"];
  routes: string[];
} {
  const view = DataRequest.read(response);
  return {
    documents: view.documents.map((bytes) => Document.decode(bytes)),
    parameters: view.parameters,
    status: view.header.status,
    routes: view.routes.map(({ executor }) => executor),
  };
}
