import { afterEach, describe, expect, test } from "vitest";
import { GatewayClient, toInput } from "../../src/client/client.ts";
import { Document } from "../../src/document/document.ts";
import { JflowError } from "../../src/util/errors.ts";
import type { CallContext } from "../../src/wire/call-context.ts";
import { toRequestStatus } from "../../src/wire/jina/messages/request-status.ts";
import { DataRequest } from "../../src/wire/jina/messages/data-request.ts";
import { JinaServer } from "../../src/wire/jina/server/jina-server.ts";
import { DocumentRequest } from "../../src/wire/jina/messages/document-request.ts";

const open: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

type Answer = (request: DataRequest) => Promise<Uint8Array> | Uint8Array;

async function serve(answer: Answer, port: number = 0): Promise<JinaServer> {
  const server = await JinaServer.start({
    host: "127.0.0.1",
    port,
    maxMessageBytes: 16 * 1024 * 1024,
    prefetch: 1000,
    handler: { call: async (bytes) => answer(DataRequest.read(bytes)), streamDoc },
  });
  server.setServing(true);
  return server;
}

/** A client of a gateway that answers with `answer`. */
async function clientOf(answer: Answer): Promise<GatewayClient> {
  const server = await serve(answer);
  const client = new GatewayClient({ port: server.port });
  open.push(server, client);
  return client;
}

/** Streams three documents, then fails if the parameters ask for it. */
async function* streamDoc(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const { header, document, parameters } = DocumentRequest.read(bytes);
  const { id } = Document.decode(document!);
  for (const place of [0, 1, 2]) {
    yield DocumentRequest.make({
      header,
      document: new Document({ id: `${id}${header.execEndpoint}${place}` }).encode(),
    }).toBytes();
  }
  if (parameters["fail"] === true) {
    const status = { code: "ERROR", description: "told to fail" } as const;
    yield DocumentRequest.make({ header: { ...header, status } }).toBytes();
  }
}

test("an endpoint that no executor binds is refused before anything is sent", async () => {
  const asked: CallContext["metadata"][] = [];
  let sent = 0;
  const server = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1024,
    prefetch: 1,
    handler: {
      call: async (bytes) => {
        sent += 1;
        return bytes;
      },
      dryRun: async ({ metadata }) => {
        asked.push(metadata);
        return metadata["endpoint"] === "/bound"
          ? { code: "SUCCESS", description: "" }
          : toRequestStatus(new JflowError("UNIMPLEMENTED", "did you mean /bound?"));
      },
    },
  });
  const client = new GatewayClient({ port: server.port });
  open.push(server, client);
  const inputs = [{ id: "a" }];
  const refused = collect(client.post("/bond", { inputs, targetExecutor: "x" }));
  await expect(refused).rejects.toMatchObject({
    code: "UNIMPLEMENTED",
    message: "did you mean /bound?",
  });
  expect(sent).toBe(0);
  for (let time = 0; time < 2; time += 1)
    expect(await collect(client.post("/bound", { inputs }))).toEqual(["a"]);
  expect(asked).toMatchObject([
    { endpoint: "/bond", "target-executor": "x", "accept-typos": "true" },
    { endpoint: "/bound", "target-executor": "" },
  ]);
});

test("a request that an overloaded gateway refused is sent again", async () => {
  let requests = 0;
  const client = await clientOf((request) => {
    requests += 1;
    if (requests <= 2) throw new JflowError("OVERLOADED", "the queue is full");
    return request.toBytes();
  });
  const answers: string[] = [];
  for await (const outcome of client.post("/x", { inputs: [{ id: "a" }] }))
    answers.push(outcome.id);
  expect(answers).toEqual(["a"]);
  expect(requests).toBe(3);
});

describe("a streaming endpoint", () => {
  test("yields documents as they arrive, and the caller may stop", async () => {
    const client = await clientOf((request) => request.toBytes());
    expect(await collect(client.streamDoc("/s", { id: "a" }))).toEqual(["a/s0", "a/s1", "a/s2"]);
    for await (const { id } of client.streamDoc("/s", new Document({ id: "b" }).encode())) {
      expect(id).toBe("b/s0");
      break;
    }
  });

  test("throws the error of the executor after its documents", async () => {
    const client = await clientOf((request) => request.toBytes());
    const ids: string[] = [];
    const reading = (async () => {
      for await (const { id } of client.streamDoc(
        "/s",
        { id: "a" },
        { parameters: { fail: true } },
      ))
        ids.push(id);
    })();
    await expect(reading).rejects.toMatchObject({
      code: "EXECUTOR_FAILED",
      message: "told to fail",
    });
    expect(ids).toHaveLength(3);
  });
});

const idsOf = (request: DataRequest): string[] =>
  request.documents.map((bytes) => Document.decode(bytes).id);

async function collect(documents: AsyncIterable<Document>): Promise<string[]> {
  const ids: string[] = [];
  for await (const document of documents) ids.push(document.id);
  return ids;
}

const numbered = (count: number): { id: string }[] =>
  Array.from({ length: count }, (_, i) => ({ id: String(i) }));

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("posting", () => {
  test("splits the input into requests of 100, and keeps its order although requests overtake", async () => {
    const sizes: number[] = [];
    let held: (() => void) | undefined;
    const client = await clientOf(async (request) => {
      sizes.push(request.documents.length);
      if (sizes.length === 1) await new Promise<void>((resolve) => (held = resolve));
      else held?.();
      return request.toBytes();
    });
    expect(await collect(client.post("/index", { inputs: numbered(250) }))).toEqual(
      numbered(250).map(({ id }) => id),
    );
    expect(sizes).toEqual([100, 100, 50]);
  });

  test("yields answers as they arrive if the order does not matter", async () => {
    let held: (() => void) | undefined;
    const client = await clientOf(async (request) => {
      if (idsOf(request)[0] === "0") await new Promise<void>((resolve) => (held = resolve));
      else setTimeout(() => held?.(), 50);
      return request.toBytes();
    });
    const ids = await collect(
      client.post("/", { inputs: numbered(2), requestSize: 1, resultsInOrder: false }),
    );
    expect(ids).toEqual(["1", "0"]);
  });

  test("sends endpoint, parameters and target, and one request for an empty input", async () => {
    const seen: unknown[] = [];
    const client = await clientOf((request) => {
      seen.push(
        request.header.execEndpoint,
        request.header.targetExecutor,
        request.parameters,
        request.documents.length,
      );
      return request.with({ parameters: { __results__: { "a/rep-0": { n: 3 } } } }).toBytes();
    });
    const results: unknown[] = [];
    const post = client.post("/status", {
      parameters: { limit: 5 },
      targetExecutor: "indexer",
      onResponse: (response) => results.push(response.parameters),
    });
    expect(await collect(post)).toEqual([]);
    expect(seen).toEqual(["/status", "indexer", { limit: 5 }, 0]);
    expect(results).toEqual([{ __results__: { "a/rep-0": { n: 3 } } }]);
  });

  test("a batch ends at 1 MB, and a larger document is a batch", async () => {
    const sizes: number[] = [];
    const client = await clientOf((request) => {
      sizes.push(request.documents.length);
      return request.toBytes();
    });
    const text = (kilobytes: number): { text: string } => ({ text: "x".repeat(kilobytes * 1024) });
    await collect(
      client.post("/", {
        inputs: [text(600), text(600), text(3000), text(1), text(1)],
        concurrency: 1,
      }),
    );
    expect(sizes).toEqual([1, 1, 1, 2]);
  });

  test("a document waits while a request with its id is in flight", async () => {
    const log: string[] = [];
    const client = await clientOf(async (request) => {
      const [id] = idsOf(request);
      log.push(`start ${id}`);
      for (let i = 0; i < 20; i += 1) await turn();
      log.push(`end ${id}`);
      return request.toBytes();
    });
    await collect(
      client.post("/", { inputs: [{ id: "a" }, { id: "b" }, { id: "a" }], requestSize: 1 }),
    );
    expect(log.indexOf("end a")).toBeLessThan(log.lastIndexOf("start a"));
    expect(log.indexOf("start b")).toBeLessThan(log.indexOf("end a"));
  });

  test("reads no further ahead than the requests in flight", async () => {
    let read = 0;
    const client = await clientOf((request) => request.toBytes());
    async function* endless(): AsyncGenerator<{ id: string }> {
      for (;;) yield { id: String((read += 1)) };
    }
    const post = client.post("/", { inputs: endless(), requestSize: 10, concurrency: 3 });
    await post.next();
    for (let i = 0; i < 50; i += 1) await turn();
    expect(read).toBeLessThanOrEqual(60);
    await post.return(undefined);
  });

  test("the first failure is thrown with the exception of the executor, and cancels the other requests", async () => {
    const exception = { name: "ValueError", args: ["no"], stacks: ["at x"], executor: "Shout" };
    const client = await clientOf((request) =>
      request
        .with({
          header: {
            ...request.header,
            status: { code: "ERROR", description: "ValueError: no", exception },
          },
        })
        .toBytes(),
    );
    const error: unknown = await collect(client.post("/", { inputs: numbered(3) })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "EXECUTOR_FAILED", message: "ValueError: no", exception });
  });

  test("onError receives failures, and the other requests continue", async () => {
    const client = await clientOf((request) => {
      if (idsOf(request)[0] === "1") throw new JflowError("UNAVAILABLE", "no primary of indexer/1");
      return request.toBytes();
    });
    const failed: string[] = [];
    const post = client.post("/", {
      inputs: numbered(3),
      requestSize: 1,
      onError: (error, { batch }) => failed.push(`${batch.index}: ${error.code} ${error.message}`),
    });
    expect(await collect(post)).toEqual(["0", "2"]);
    expect(failed).toEqual(["1: UNAVAILABLE no primary of indexer/1"]);
  });

  test("with splitFailed, a document without an id is sent again under one id", async () => {
    const written = new Set<string>();
    const client = await clientOf((request) => {
      const ids = idsOf(request);
      const status = { code: "ERROR", description: "refused" } as const;
      const isRefused = request.documents.some((bytes) => Document.decode(bytes).text === "bad");
      for (const [i, bytes] of request.documents.entries())
        if (Document.decode(bytes).text !== "bad") written.add(ids[i]!);
      return (isRefused ? request.with({ header: { ...request.header, status } }) : request)
        .with({ parameters: { _shards: { documents: { written: 3 } } } })
        .toBytes();
    });
    const inputs = ["a", "b", "bad", "c"].map((text) => toInput(new Document({ text })));
    const seen: unknown[] = [];
    const outcomes = client.postBatches("/", inputs, { splitFailed: true });
    for await (const { ok, batch, repeated, response } of outcomes)
      seen.push([ok, batch.documents.length, repeated?.length, response !== undefined]);
    expect(seen).toEqual([
      [true, 2, 1, true],
      [false, 1, 1, true],
      [true, 1, undefined, true],
    ]);
    expect([written.size, written.has("")]).toEqual([3, false]);
  });

  test("an error of the input is thrown after the answers to earlier requests", async () => {
    const client = await clientOf((request) => request.toBytes());
    async function* broken(): AsyncGenerator<{ id: string }> {
      yield { id: "a" };
      yield { id: "b" };
      throw new Error("the disk is gone");
    }
    const got: string[] = [];
    const post = async (): Promise<void> => {
      for await (const { id } of client.post("/", { inputs: broken(), requestSize: 1 }))
        got.push(id);
    };
    await expect(post()).rejects.toThrow("the disk is gone");
    expect(got).toEqual(["a", "b"]);
  });

  test("outcomes contain the batch and the locations of its documents", async () => {
    const client = await clientOf((request) => request.toBytes());
    const inputs = ["a", "b"].map((id, i) =>
      toInput(new Document({ id }), { source: "data.jsonl", line: i + 1 }),
    );
    const seen: unknown[] = [];
    for await (const { ok, batch } of client.postBatches("/", inputs))
      seen.push([ok, batch.index, batch.documents.map(({ location }) => location?.line)]);
    expect(seen).toEqual([[true, 0, [1, 2]]]);
  });

  test("an address without a gateway is an error that names it", async () => {
    const client = await clientOf((request) => request.toBytes());
    const [server] = open.splice(0, 1);
    await server!.close();
    await expect(collect(client.post("/", { inputs: numbered(1) }))).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    await expect(client.isFlowReady()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("a gateway restart fails only the requests in flight", async () => {
    const seen: string[] = [];
    let restarted: Promise<JinaServer> | undefined;
    const echo: Answer = (request) => {
      seen.push(...idsOf(request));
      return request.toBytes();
    };
    const restart = async (): Promise<JinaServer> => {
      await first.close();
      const second = await serve(echo, first.port);
      open.push(second);
      return second;
    };
    const first = await serve((request) => {
      if (idsOf(request)[0] !== "20") return echo(request);
      restarted ??= restart();
      return new Promise(() => undefined);
    });
    const client = new GatewayClient({ port: first.port });
    open.push(client);
    const failed: string[] = [];
    const answered = await collect(
      client.post("/", {
        inputs: numbered(500),
        requestSize: 1,
        concurrency: 4,
        onError: (error, { batch }) => failed.push(`${error.code} ${batch.documents[0]!.id}`),
      }),
    );
    await restarted;
    expect(failed).toContain("UNAVAILABLE 20");
    expect(failed.length, failed.join(", ")).toBeLessThanOrEqual(4);
    expect(new Set(seen).size).toBe(answered.length);
    expect(answered.length + failed.length).toBe(500);
  });

  test("a gateway that never answered stops the reading of the input", async () => {
    const server = await serve((request) => request.toBytes());
    await server.close();
    const client = new GatewayClient({ port: server.port });
    open.push(client);
    const failed: string[] = [];
    const post = client.post("/", {
      inputs: numbered(500),
      requestSize: 1,
      concurrency: 4,
      onError: (error) => failed.push(error.message),
    });
    expect(await collect(post)).toEqual([]);
    expect(failed.length, failed.join(", ")).toBeLessThanOrEqual(10);
    expect(failed.at(-1)).toMatch(/these documents and all after them were not sent$/);
  });
});
