import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Document } from "../../../src/document/document.ts";
import type { ReplicaSpec } from "../../../src/model/replica.ts";
import type { WorkerReply } from "../../../src/wire/exchange/messages.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";
import { describeExecutor } from "../../../src/worker/executor/describe-executor.ts";
import type {
  CopyService,
  ReplicaService,
  ServiceEvents,
} from "../../../src/worker/service/replica-service.ts";
import { StatefulService } from "../../../src/worker/copy/stateful-service.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/executors.ts", import.meta.url));

/** One copy alone, in this process, with a supervisor that promotes it. */
export interface LoneCopy {
  readonly service: ReplicaService & { readonly copy: CopyService };
  readonly notices: readonly string[];
  readonly ended: Promise<{ code: number; message: string }>;
  /** Asks and promotes. Resolves once the promotion is performed. */
  promote(term: number): Promise<void>;
  write(
    operationId: string,
    endpoint: string,
    documents: Readonly<Record<string, string>>,
  ): Promise<WorkerReply>;
  get(...ids: readonly string[]): Promise<string[]>;
}

export async function makeFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "jflow-worker-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export function makeSpec(workspace: string, changes: Partial<ReplicaSpec> = {}): ReplicaSpec {
  return {
    kind: "worker",
    mode: "run",
    flow: "test",
    address: "store/0/0",
    deployment: "store",
    shard: 0,
    shards: 1,
    replica: 0,
    replicas: 1,
    processId: `process-${Math.random().toString(36).slice(2)}`,
    module: { path: FIXTURES, exportName: "Store" },
    uses: "./executors.mjs#Store",
    usesWith: {},
    workspace,
    durability: "request",
    host: "127.0.0.1",
    controlSocket: "",
    maxMessageBytes: 128 * 1024 * 1024,
    exitOnExceptions: [],
    ...changes,
  };
}

export function makeRequest(
  documents: Readonly<Record<string, string>>,
  endpoint = "/index",
): Uint8Array {
  return DataRequest.make({
    header: { requestId: "r", execEndpoint: endpoint, targetExecutor: "" },
    documents: Object.entries(documents).map(([id, text]) => new Document({ id, text }).encode()),
  }).toBytes();
}

export function readTexts(reply: WorkerReply): string[] {
  return DataRequest.read(reply.response).documents.map((bytes) => Document.decode(bytes).text);
}

export async function openLoneCopy(spec: ReplicaSpec): Promise<LoneCopy> {
  const { executor, bindings } = await describeExecutor(spec);
  const notices: string[] = [];
  let end: (ending: { code: number; message: string }) => void = () => undefined;
  const ended = new Promise<{ code: number; message: string }>((resolve) => {
    end = resolve;
  });
  let answerPosition: () => void = () => undefined;
  const events: ServiceEvents = {
    threw: () => undefined,
    changed: () => undefined,
    notifyMaster: ({ type }) => {
      if (type === "positionAnswered") answerPosition();
    },
    notice: (text) => notices.push(text),
    fatal: (code, message) => end({ code, message }),
  };
  const { shard, shards, replica, workspace } = spec;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const executorOptions = {
    executor,
    config: spec.usesWith,
    place: { shard, shards, replica, workspace, log },
  };
  const service = await StatefulService.open(spec, {
    executorOptions,
    bindings,
    answerer: { place: "store/rep-0", executor: executor.name },
    events,
  });
  const { signal } = new AbortController();
  return {
    service,
    notices,
    ended,
    promote: async (term) => {
      const answered = new Promise<void>((resolve) => {
        answerPosition = resolve;
      });
      service.copy.command({ type: "ask", term });
      await answered;
      const { copyId } = service.copy;
      const live = [{ copyId, processId: spec.processId }];
      service.copy.command({
        type: "promote",
        term,
        revision: 1,
        inSync: [copyId],
        live,
        replicas: 1,
        targets: {},
      });
    },
    write: (operationId, endpoint, documents) =>
      service.handle(
        { endpoint, operationId, requests: [makeRequest(documents, endpoint)] },
        signal,
      ),
    get: async (...ids) => {
      const documents = Object.fromEntries(ids.map((id) => [id, ""]));
      return readTexts(
        await service.handle(
          { endpoint: "/get", requests: [makeRequest(documents, "/get")] },
          signal,
        ),
      );
    },
  };
}
