import { Client, compressionAlgorithms, credentials, Metadata, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { JflowError } from "../../../../src/util/errors.ts";
import { JinaPeer } from "../../../../src/wire/jina/client/jina-peer.ts";
import { DataRequest, makeRequestId } from "../../../../src/wire/jina/messages/data-request.ts";
import { JINA } from "../../../../src/wire/jina/jina-methods.ts";
import { JinaServer, type JinaHandler } from "../../../../src/wire/jina/server/jina-server.ts";

const open: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

const echo: JinaHandler = { call: async (bytes) => bytes };

async function front(handler: JinaHandler, prefetch = 1000): Promise<JinaServer> {
  const server = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    handler,
    maxMessageBytes: 8 * 1024 * 1024,
    prefetch,
  });
  open.push(server);
  return server;
}

function peerOf(server: JinaServer): JinaPeer {
  const peer = new JinaPeer(`127.0.0.1:${server.port}`);
  open.push(peer);
  return peer;
}

function request(endpoint: string, requestId = makeRequestId()): Uint8Array {
  return DataRequest.make({
    header: { requestId, execEndpoint: endpoint, targetExecutor: "" },
  }).toBytes();
}

/** Sends a request with gzip, as clients of other languages may. */
async function callCompressed(server: JinaServer, bytes: Uint8Array): Promise<void> {
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    "grpc.default_compression_algorithm": compressionAlgorithms.gzip,
  });
  const { path, requestSerialize, responseDeserialize } = JINA.processSingleData;
  await new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, bytes, (error) =>
      error ? reject(error) : resolve(),
    );
  }).finally(() => client.close());
}

/**
 * Opens a `Call` stream as Jina's client does. Returns the ids of the answers in order of arrival,
 * until the server ends the stream.
 */
async function callStream(
  server: JinaServer,
  ids: readonly string[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  const head = new Metadata();
  for (const [key, value] of Object.entries(metadata)) head.set(key, value);
  const stream = client.makeBidiStreamRequest(
    JINA.call.path,
    JINA.call.requestSerialize,
    JINA.call.responseDeserialize,
    head,
  );
  for (const id of ids) stream.write(request("/", id));
  stream.end();
  const answers: string[] = [];
  for await (const answer of stream as AsyncIterable<Uint8Array>)
    answers.push(DataRequest.read(answer).header.requestId);
  client.close();
  return answers;
}

/**
 * Answers each request after a later one has arrived, so that requests complete in reverse order.
 */
function reversing(count: number): JinaHandler {
  const waiting: (() => void)[] = [];
  return {
    call: async (bytes) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === count)
          setImmediate(() => waiting.toReversed().forEach((release) => release()));
      });
      return bytes;
    },
  };
}

describe("Jina's gRPC server", () => {
  test("sends the answers of a stream as they are ready, and ends it after the last", async () => {
    expect(await callStream(await front(reversing(3)), ["a", "b", "c"])).toEqual(["c", "b", "a"]);
  });

  test("answers in the order of the requests where the stream asks for it, and ends the stream", async () => {
    const server = await front(reversing(3));
    expect(await callStream(server, ["a", "b", "c"], { __results_in_order__: "true" })).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  test("ends a stream without requests", async () => {
    expect(await callStream(await front(echo), [])).toEqual([]);
  });

  test.each([
    { asked: "2", most: 2 },
    { asked: "0", most: 5 },
    { asked: "-3", most: 5 },
    { asked: "many", most: 5 },
  ])(
    "has $most requests in flight where the stream sets a prefetch of $asked and the default is 5",
    async ({ asked, most }) => {
      let inFlight = 0;
      let seen = 0;
      let release: () => void = () => undefined;
      const full = new Promise<void>((resolve) => {
        release = resolve;
      });
      const handler: JinaHandler = {
        call: async (bytes) => {
          inFlight += 1;
          seen = Math.max(seen, inFlight);
          // The first answer is sent some ticks after the stream is full, so that the test sees
          // one request too many.
          if (inFlight === most) setImmediate(() => setImmediate(release));
          await full;
          await new Promise((resolve) => setImmediate(resolve));
          inFlight -= 1;
          return bytes;
        },
      };
      const ids = Array.from({ length: 50 }, (_, i) => String(i));
      const answers = await callStream(await front(handler, 5), ids, { __prefetch__: asked });
      expect(answers.toSorted()).toEqual(ids.toSorted());
      expect(seen).toBe(most);
    },
  );

  test("a failed request of a stream is answered with its status, and the others succeed", async () => {
    const peer = peerOf(
      await front({
        call: async (bytes) => {
          if (DataRequest.read(bytes).header.execEndpoint === "/bad")
            throw new JflowError("UNAVAILABLE", "no replica of indexer/1 is ready");
          return bytes;
        },
      }),
    );
    const [bad, good] = await Promise.all([
      peer.call(request("/bad", "b")),
      peer.call(request("/good", "g")),
    ]);
    expect(DataRequest.read(bad).header).toMatchObject({
      requestId: "b",
      status: {
        code: "ERROR",
        description: "no replica of indexer/1 is ready",
        exception: { name: "UNAVAILABLE" },
      },
    });
    expect(DataRequest.read(good).header).toEqual({
      requestId: "g",
      execEndpoint: "/good",
      targetExecutor: "",
    });
  });

  test("malformed bytes on a stream are answered with INVALID_ARGUMENT", async () => {
    const server = await front({
      call: async (bytes) => DataRequest.read(bytes).check().toBytes(),
    });
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    const stream = client.makeBidiStreamRequest(
      JINA.call.path,
      JINA.call.requestSerialize,
      JINA.call.responseDeserialize,
    );
    stream.write(Uint8Array.of(10, 200, 1));
    stream.write(request("/", "fine"));
    stream.end();
    const answers: unknown[] = [];
    for await (const answer of stream as AsyncIterable<Uint8Array>) {
      const { header } = DataRequest.read(answer);
      answers.push([header.requestId, header.status?.exception?.name]);
    }
    client.close();
    expect(answers.length).toBe(2);
    expect(answers).toEqual(
      expect.arrayContaining([
        ["", "INVALID_ARGUMENT"],
        ["fine", undefined],
      ]),
    );
  });

  test("a failed unary call has jflow's code and its trailers in the status", async () => {
    const peer = peerOf(
      await front({
        call: async (_, context) => {
          context.setTrailer("failed_shards", "1");
          throw new JflowError("FAILED_PRECONDITION", "no");
        },
      }),
    );
    await expect(peer.processSingleData(request("/"))).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      message: "no",
    });
  });

  test("a unary answer has its trailers", async () => {
    const peer = peerOf(
      await front({
        call: async (bytes, context) => {
          context.setTrailer("total_shards", "3");
          return bytes;
        },
      }),
    );
    expect((await peer.processSingleData(request("/"))).trailers).toMatchObject({
      total_shards: "3",
    });
  });

  test("the handler receives the client's deadline and metadata, and is aborted when the client disconnects", async () => {
    let aborted: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      aborted = resolve;
    });
    const seen: unknown[] = [];
    const peer = peerOf(
      await front({
        call: async (_, context) => {
          seen.push(context.metadata["x-user"], (context.deadlineMs ?? 0) > Date.now());
          context.signal.addEventListener("abort", aborted);
          return new Promise(() => undefined);
        },
      }),
    );
    const call = peer.processSingleData(request("/"), {
      timeoutMs: 100,
      metadata: { "x-user": "me" },
    });
    await expect(call).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await left;
    expect(seen).toEqual(["me", true]);
  });

  test("a client that disconnects from a stream aborts its requests in flight", async () => {
    let aborted: () => void = () => undefined;
    let arrived: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      aborted = resolve;
    });
    const there = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const peer = peerOf(
      await front({
        call: async (_, context) => {
          context.signal.addEventListener("abort", aborted);
          arrived();
          return new Promise(() => undefined);
        },
      }),
    );
    const call = peer.call(request("/")).catch((error: unknown) => error);
    await there;
    peer.close();
    await left;
    expect(await call).toMatchObject({ code: "CANCELLED" });
  });

  test("health reports the status that was set, and dry_run and _status answer", async () => {
    const server = await front(echo);
    const peer = peerOf(server);
    expect(await peer.isServing()).toBe(false);
    server.setServing(true);
    expect(await peer.isServing()).toBe(true);
    expect(await peer.dryRun()).toEqual({ code: "SUCCESS", description: "" });
    expect((await peer.status()).jina["jflow"]).toMatch(/^\d+\.\d+\.\d+/);
  });

  test("a taken port is named", async () => {
    const server = await front(echo);
    const again = JinaServer.start({
      host: "127.0.0.1",
      port: server.port,
      handler: echo,
      maxMessageBytes: 1024,
      prefetch: 1,
    });
    await expect(again).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
      message: expect.stringContaining(String(server.port)) as string,
    });
  });

  test("a restarted server is reached again at once", async () => {
    const server = await front(echo);
    const peer = peerOf(server);
    await peer.call(request("/"));
    await server.close();
    await expect(peer.call(request("/"))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    open.push(
      await JinaServer.start({
        host: "127.0.0.1",
        port: server.port,
        handler: echo,
        maxMessageBytes: 1024,
        prefetch: 1,
      }),
    );
    await expect(peer.call(request("/", "back"))).resolves.toBeInstanceOf(Uint8Array);
    await expect(peer.processSingleData(request("/"))).resolves.toMatchObject({ isError: false });
  });

  test("a message above the limit is rejected with the key, and the server keeps serving", async () => {
    const server = await front(echo);
    const peer = peerOf(server);
    const large = DataRequest.make({
      header: { requestId: "x", execEndpoint: "/", targetExecutor: "" },
      documents: [new Uint8Array(12 * 1024 * 1024)],
    }).toBytes();
    const reason = `more than max_message_size (${8 * 1024 * 1024})`;
    await expect(peer.processSingleData(large)).rejects.toMatchObject({
      code: "TOO_LARGE",
      message: expect.stringContaining(
        `the request has ${large.length} bytes, ${reason}`,
      ) as string,
    });
    await expect(callCompressed(server, large)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringContaining(`the request decompresses to ${reason}`) as string,
    });
    await expect(peer.processSingleData(request("/"))).resolves.toMatchObject({ isError: false });
  });
});
