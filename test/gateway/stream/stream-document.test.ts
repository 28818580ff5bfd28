import { expect, test } from "vitest";
import { encodeV2Document } from "../../../src/document/v2/json-to-v2.ts";
import { writeV2Document } from "../../../src/document/v2/v2-to-json.ts";
import { Document } from "../../../src/document/document.ts";
import { JflowError } from "../../../src/util/errors.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import type { JinaPeer } from "../../../src/wire/jina/client/jina-peer.ts";
import { DocumentRequest } from "../../../src/wire/jina/messages/document-request.ts";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import { listAll, openPromise } from "../../rig/asynchronous.ts";
import { connectClient, startGateway, startWorker } from "../rig.ts";
import { answer, startStreamer, type StreamMethod } from "../streamer.ts";

const named = (id: string): Uint8Array => answer(new Document({ id }).encode());

async function* count(): AsyncGenerator<Uint8Array> {
  for (const id of ["1", "2", "3"]) yield named(id);
}

async function startFlow(
  targets: readonly string[],
  changes: Partial<TopologyDeployment> = {},
): Promise<JinaPeer> {
  const replicas = targets.map((target, replica) =>
    makeReplica("one", target, { replica, wire: "jina" }),
  );
  const gateway = await startGateway(
    makeTopology([makeDeployment("one", { replicas, ...changes })]),
  );
  return connectClient(gateway);
}

function ask(parts: { id?: string; parameters?: Record<string, unknown> } = {}): Uint8Array {
  const { id = "a", parameters } = parts;
  return DocumentRequest.make({
    header: { requestId: "r", execEndpoint: "/s", targetExecutor: "on" },
    document: new Document({ id, tags: { count: 3 } }).encode(),
    ...(parameters ? { parameters } : {}),
  }).toBytes();
}

async function collect(messages: AsyncIterable<Uint8Array>): Promise<string[]> {
  const told: string[] = [];
  for await (const message of messages) {
    const { header, document } = DocumentRequest.read(message);
    told.push(
      header.status?.code === "ERROR" ? header.status.description : Document.decode(document!).id,
    );
  }
  return told;
}

test("an executor gets the document with its own parameters and the endpoint, and its documents come in order", async () => {
  const streamer = await startStreamer(count);
  const client = await startFlow([streamer.target]);
  const parameters = { one__k: 1, two__k: 2, all: 3 };
  expect(await collect(client.streamDoc(ask({ parameters })))).toEqual(["1", "2", "3"]);
  const [{ request, endpoint } = { request: undefined, endpoint: undefined }] = streamer.seen;
  expect([endpoint, request?.header, request?.parameters]).toEqual([
    "/s",
    { requestId: "r", execEndpoint: "/s", targetExecutor: "" },
    { k: 1, all: 3 },
  ]);
});

test("a document without an id gets one", async () => {
  const streamer = await startStreamer(count);
  const client = await startFlow([streamer.target]);
  await collect(client.streamDoc(ask({ id: "" })));
  expect(Document.decode(streamer.seen[0]!.request.document!).id).toMatch(/^[0-9a-f]{32}$/);
});

test("replicas take turns", async () => {
  const peers = [await startStreamer(count), await startStreamer(count)] as const;
  const client = await startFlow(peers.map(({ target }) => target));
  for (let turn = 0; turn < 4; turn += 1)
    expect(await collect(client.streamDoc(ask()))).toEqual(["1", "2", "3"]);
  expect(peers.map(({ seen }) => seen.length)).toEqual([2, 2]);
});

test("a replica that is lost before its first document passes the stream on to the next", async () => {
  const gone = await startWorker(() => undefined);
  await gone.close(0);
  const client = await startFlow([gone.target, (await startStreamer(count)).target]);
  expect(await collect(client.streamDoc(ask()))).toEqual(["1", "2", "3"]);
});

test("a replica that is lost after its first document is an error, and no other is asked", async () => {
  const method: StreamMethod = async function* () {
    yield named("1");
    throw new JflowError("UNAVAILABLE", "the process is gone");
  };
  const peers = [await startStreamer(method), await startStreamer(method)] as const;
  const client = await startFlow(peers.map(({ target }) => target));
  const messages = client.streamDoc(ask())[Symbol.asyncIterator]();
  expect((await messages.next()).done).toBe(false);
  await expect(messages.next()).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: "the process is gone",
  });
  expect(peers.reduce((sum, { seen }) => sum + seen.length, 0)).toBe(1);
});

test("an executor's exception is a last message with its status, and the executor is asked once", async () => {
  const streamer = await startStreamer(async function* () {
    yield named("1");
    throw new JflowError("EXECUTOR_FAILED", "Unexpected <class 'ValueError'>: told to fail");
  });
  const client = await startFlow([streamer.target, streamer.target]);
  expect(await collect(client.streamDoc(ask()))).toEqual(["1", "ValueError: told to fail"]);
  expect(streamer.seen).toHaveLength(1);
});

test("a client that stops ends the executor's call", async () => {
  const ended = openPromise<boolean>();
  const streamer = await startStreamer(async function* (_, { signal }) {
    try {
      yield named("1");
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    } finally {
      ended.resolve(signal.aborted);
    }
  });
  const client = await startFlow([streamer.target]);
  for await (const _ of client.streamDoc(ask())) break;
  expect(await ended.promise).toBe(true);
});

test("a docarray v1 document is translated for a docarray v2 executor, and its answers are translated back", async () => {
  const item = {
    type: "object",
    properties: { id: { type: "string" }, count: { type: "integer" } },
  };
  const streamer = await startStreamer(async function* () {
    yield answer(encodeV2Document({ id: "t", count: 7 }, item));
  });
  const client = await startFlow([streamer.target], {
    endpoints: ["/s"],
    schemas: { "/s": { input: item, output: item } },
  });
  const [message] = await listAll(client.streamDoc(ask()));
  expect(JSON.parse(writeV2Document(streamer.seen[0]!.request.document!))).toMatchObject({
    id: "a",
    count: 3,
  });
  const { id, tags } = Document.decode(DocumentRequest.read(message!).document!);
  expect({ id, tags }).toEqual({ id: "t", tags: { count: 7 } });
});

test("a document that cannot be what the executor reads is refused by its id, given or made", async () => {
  const item = {
    type: "object",
    properties: { id: { type: "string" }, count: { type: "boolean" } },
  };
  const client = await startFlow([], {
    endpoints: ["/s"],
    schemas: { "/s": { input: item, output: item } },
  });
  await expect(collect(client.streamDoc(ask()))).rejects.toThrow(/^document "a": count: /);
  await expect(collect(client.streamDoc(ask({ id: "" })))).rejects.toThrow(
    /^document "[0-9a-f]{32}": count: /,
  );
});

test.each([
  [
    "no document",
    DocumentRequest.make({
      header: { requestId: "r", execEndpoint: "/s", targetExecutor: "" },
    }).toBytes(),
    "INVALID_ARGUMENT",
  ],
  ["nothing at all", new Uint8Array(0), "INVALID_ARGUMENT"],
  [
    "a pattern that is none",
    DocumentRequest.make({
      header: { requestId: "r", execEndpoint: "/s", targetExecutor: "(" },
      document: new Document().encode(),
    }).toBytes(),
    "INVALID_ARGUMENT",
  ],
])("a request with %s is refused", async (_, request, code) => {
  const client = await startFlow([]);
  await expect(collect(client.streamDoc(request))).rejects.toMatchObject({ code });
});

test("a TypeScript executor refuses to stream", async () => {
  const worker = await startWorker(() => undefined);
  const gateway = await startGateway(
    makeTopology([makeDeployment("one", { replicas: [makeReplica("one", worker.target)] })]),
  );
  const messages = connectClient(gateway).streamDoc(ask());
  await expect(collect(messages)).rejects.toMatchObject({
    code: "UNIMPLEMENTED",
    message: "one/0/0 cannot stream: only Python executors have streaming endpoints",
  });
});

test("a flow that stops ends its streams in order", async () => {
  const go = openPromise<undefined>();
  const streamer = await startStreamer(async function* () {
    yield named("1");
    await go.promise;
    yield named("2");
  });
  const replicas = [makeReplica("one", streamer.target, { wire: "jina" })];
  const gateway = await startGateway(makeTopology([makeDeployment("one", { replicas })]));
  const messages = connectClient(gateway).streamDoc(ask())[Symbol.asyncIterator]();
  await messages.next();
  const drained = gateway.drain(10_000);
  go.resolve(undefined);
  expect([(await messages.next()).done, (await messages.next()).done]).toEqual([false, true]);
  await drained;
});
