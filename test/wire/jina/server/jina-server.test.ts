import { Client, credentials, Metadata } from "@grpc/grpc-js";
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

/**
 * A `Call` stream as a stock client opens it: the answers' ids as they come, until the server ends
 * it.
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

/** Answers each request only when a later one has arrived: completion is in reverse. */
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

describe("the gRPC front", () => {
  test("answers a stream as the answers come, and ends it after the last", async () => {
    expect(await callStream(await front(reversing(3)), ["a", "b", "c"])).toEqual(["c", "b", "a"]);
  });

  test("answers in the order of the requests where the stream asks for it, and ends", async () => {
    const server = await front(reversing(3));
    expect(await callStream(server, ["a", "b", "c"], { __results_in_order__: "true" })).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  test("ends a stream that sent nothing", async () => {
    expect(await callStream(await front(echo), [])).toEqual([]);
  });

  test.each([
    { asked: "2", most: 2 },
    { asked: "0", most: 5 },
    { asked: "-3", most: 5 },
    { asked: "many", most: 5 },
  ])(
    "holds $most requests in flight where the stream asks for a prefetch of $asked and the default is 5",
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
          // Nothing is answered before the stream is full, and then some turns later, so that one
          // too many would be seen.
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

  test("a failed request of a stream is answered with its status; the others are not disturbed", async () => {
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

  test("a failed unary call has a status with our code, and its trailers", async () => {
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

  test("a unary answer brings its trailers", async () => {
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

  test("the caller's deadline and metadata are told, and its leaving aborts", async () => {
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

  test("a client that goes away mid-stream aborts what it had in flight", async () => {
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

  test("health says what it was told, dry_run and _status answer", async () => {
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

  test("a peer that was away is found again at once", async () => {
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

  test("a message above the limit is refused, and the front lives on", async () => {
    const server = await front(echo);
    const peer = peerOf(server);
    const large = DataRequest.make({
      header: { requestId: "x", execEndpoint: "/", targetExecutor: "" },
      documents: [new Uint8Array(12 * 1024 * 1024)],
    }).toBytes();
    await expect(peer.processSingleData(large)).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTED",
    });
    await expect(peer.processSingleData(request("/"))).resolves.toMatchObject({ isError: false });
  });
});
