import { afterEach, describe, expect, test, vi } from "vitest";
import { JflowError } from "../../../src/util/errors.ts";
import { WorkerConnection } from "../../../src/wire/exchange/worker-connection.ts";
import type { WorkerReply, WorkerRequest } from "../../../src/wire/exchange/messages.ts";
import type { Cancellation } from "../../../src/wire/cancellation.ts";
import { WorkerServer } from "../../../src/wire/exchange/worker-server.ts";
import { connectionLoss } from "../../../src/wire/connection-loss.ts";

const MAX_BYTES = 64 * 1024 * 1024;
const open: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

type Handler = (request: WorkerRequest, signal: Cancellation) => Promise<WorkerReply>;

const echo: Handler = async (request) => ({ response: request.requests[0]!, isError: false });

/** A handler that answers after `release`, and reports when `count` requests have arrived. */
function stuck(count: number): { handler: Handler; arrived: Promise<void>; release: () => void } {
  let arrive: () => void = () => undefined;
  let release: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let seen = 0;
  return {
    arrived,
    release: () => release(),
    handler: async (request, context) => {
      seen += 1;
      if (seen === count) arrive();
      await gate;
      return echo(request, context);
    },
  };
}

async function worker(handler: Handler, port = 0): Promise<WorkerServer> {
  const server = await WorkerServer.start({
    host: "127.0.0.1",
    port,
    maxMessageBytes: MAX_BYTES,
    handler,
    endpoints: { endpoints: ["/search"], writeEndpoints: [] },
  });
  open.push(server);
  return server;
}

function connectTo(port: number, maxInFlight?: number): WorkerConnection {
  const connection = new WorkerConnection(`127.0.0.1:${port}`, {
    maxMessageBytes: MAX_BYTES,
    ...(maxInFlight ? { maxInFlight } : {}),
  });
  open.push(connection);
  return connection;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const ask = (text: string): WorkerRequest => ({ endpoint: "/search", requests: [bytes(text)] });

async function failure(promise: Promise<unknown>): Promise<JflowError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof JflowError))
    throw new Error(`expected a JflowError, got ${String(error)}`);
  return error;
}

test("large requests and large answers at the same time do not block each other", async () => {
  const server = await worker(echo);
  const connection = connectTo(server.port);
  const request: WorkerRequest = {
    endpoint: "/search",
    requests: [new Uint8Array(MAX_BYTES / 2)],
  };
  const replies = await Promise.all([1, 2].map(async () => connection.call(request)));
  expect(replies.map(({ response }) => response.length)).toEqual([MAX_BYTES / 2, MAX_BYTES / 2]);
});

describe("a worker that blocks", () => {
  test("begins no call that was cancelled while it waited, and the call is counted until then", async () => {
    let begun = 0;
    const server = await worker(async (request, context) => {
      begun += 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      return echo(request, context);
    });
    const connection = connectTo(server.port);
    await connection.call(ask("first"));
    const changes: number[] = [];
    connection.onAbandoned((change) => changes.push(change));
    const calls = Array.from({ length: 40 }, (_, i) =>
      failure(connection.call({ ...ask(String(i)), timeoutMs: 50 })),
    );
    const errors = await Promise.all(calls);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["DEADLINE_EXCEEDED"]));
    await connection.call(ask("last"));
    expect(begun).toBeLessThan(6);
    expect(changes.filter((change) => change === 1)).toHaveLength(40);
    expect(connection.inFlight).toBe(0);
  });
});

describe("a connection to a worker", () => {
  test("carries every field of a request and of a reply", async () => {
    const seen: WorkerRequest[] = [];
    const server = await worker(async (request) => {
      seen.push(request);
      return {
        response: bytes("done"),
        isError: true,
        copies: { total: 3, successful: 2, failed: 1 },
      };
    });
    const request: WorkerRequest = {
      endpoint: "/index",
      timeoutMs: 5000,
      operationId: "op:1",
      alone: true,
      requests: [bytes("a"), bytes("b")],
      deployments: ["left", "right"],
    };
    const reply = await connectTo(server.port).call(request);
    expect(seen[0]).toEqual({ ...request, requests: [bytes("a"), bytes("b")] });
    expect(reply).toEqual({
      response: bytes("done"),
      isError: true,
      copies: { total: 3, successful: 2, failed: 1 },
    });
  });

  test("10,000 requests in flight each get their own reply, and one more is rejected", async () => {
    const { handler, release } = stuck(1);
    const server = await worker(handler);
    const connection = connectTo(server.port);
    const calls = Array.from({ length: 10_000 }, async (_, i) =>
      connection.call(ask(`request ${i}`)),
    );
    expect(connection.inFlight).toBe(10_000);
    const refused = await failure(connection.call(ask("one too many")));
    expect(refused.code).toBe("RESOURCE_EXHAUSTED");
    release();
    const replies = await Promise.all(calls);
    expect(replies.map((reply) => Buffer.from(reply.response).toString())).toEqual(
      calls.map((_, i) => `request ${i}`),
    );
    expect(connection.inFlight).toBe(0);
  });

  test("frames above 1 MB arrive whole, both ways, next to small ones", async () => {
    const server = await worker(echo);
    const connection = connectTo(server.port);
    const large = new Uint8Array(20 * 1024 * 1024).map((_, i) => i % 251);
    const [big, small] = await Promise.all([
      connection.call({ endpoint: "/", requests: [large] }),
      connection.call(ask("small")),
    ]);
    expect(Buffer.compare(big.response, large)).toBe(0);
    expect(Buffer.from(small.response).toString()).toBe("small");
  });

  test("a small request is answered while a large one is still being sent", async () => {
    const order: string[] = [];
    const server = await worker(echo);
    const connection = connectTo(server.port);
    await connection.call(ask("connected"));
    const big = connection
      .call({ endpoint: "/", requests: [new Uint8Array(48 * 1024 * 1024)] })
      .then(() => order.push("large"));
    const small = connection.call(ask("small")).then(() => order.push("small"));
    await Promise.all([big, small]);
    expect(order).toEqual(["small", "large"]);
  });

  test("an answer above the limit fails alone, with a message that names the limit", async () => {
    const server = await worker(async () => ({
      response: new Uint8Array(MAX_BYTES + 1),
      isError: false,
    }));
    const error = await failure(connectTo(server.port).call(ask("x")));
    expect([error.code, error.message]).toEqual([
      "TOO_LARGE",
      expect.stringContaining("request fewer documents, or set max_message_size"),
    ]);
  });

  test("a worker's error arrives with its code and message, and other requests succeed", async () => {
    const server = await worker(async (request, context) => {
      if (Buffer.from(request.requests[0]!).toString() === "bad")
        throw new JflowError("FAILED_PRECONDITION", "not in rotation");
      return echo(request, context);
    });
    const connection = connectTo(server.port);
    const [bad, good] = await Promise.all([
      failure(connection.call(ask("bad"))),
      connection.call(ask("good")),
    ]);
    expect([bad.code, bad.message, connectionLoss(bad)]).toEqual([
      "FAILED_PRECONDITION",
      "not in rotation",
      undefined,
    ]);
    expect(Buffer.from(good.response).toString()).toBe("good");
  });

  test("an aborted signal rejects with CANCELLED and aborts the worker's signal", async () => {
    let aborted: (reason: unknown) => void = () => undefined;
    const told = new Promise<unknown>((resolve) => {
      aborted = resolve;
    });
    const server = await worker(
      async (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted(signal.reason);
            reject(new JflowError("CANCELLED", "stopped"));
          });
        }),
    );
    const connection = connectTo(server.port);
    await failure(connection.call({ ...ask("warm"), timeoutMs: 50 }));
    const controller = new AbortController();
    const call = failure(connection.call(ask("x"), controller.signal));
    controller.abort();
    expect((await call).code).toBe("CANCELLED");
    expect(await told).toBeInstanceOf(JflowError);
    await vi.waitFor(() => expect(connection.inFlight).toBe(0));
  });

  test("a request past its deadline rejects with DEADLINE_EXCEEDED", async () => {
    const server = await worker(async () => new Promise(() => undefined));
    const error = await failure(connectTo(server.port).call({ ...ask("x"), timeoutMs: 30 }));
    expect(error.code).toBe("DEADLINE_EXCEEDED");
  });

  test("without a worker, a call rejects with UNAVAILABLE and counts as never sent", async () => {
    const server = await worker(echo);
    const { port } = server;
    await server.close();
    const error = await failure(connectTo(port).call(ask("x")));
    expect([error.code, connectionLoss(error)]).toEqual(["UNAVAILABLE", "never"]);
    expect(error.message).toContain(`127.0.0.1:${port}`);
  });

  test("the loss of a worker fails all requests in flight as maybe sent, is reported once, and the next call reaches its successor", async () => {
    const { handler, arrived } = stuck(2);
    const server = await worker(handler);
    const connection = connectTo(server.port);
    const lost = new Promise<void>((resolve) => connection.onLost(resolve));
    const calls = Promise.all([
      failure(connection.call(ask("a"))),
      failure(connection.call(ask("b"))),
    ]);
    await arrived;
    expect(connection.connected).toBe(true);
    await server.close();
    const errors = await calls;
    expect(errors.map((error) => [error.code, connectionLoss(error)])).toEqual([
      ["UNAVAILABLE", "maybe"],
      ["UNAVAILABLE", "maybe"],
    ]);
    await lost;
    expect([connection.connected, connection.inFlight]).toEqual([false, 0]);
    await worker(echo, server.port);
    const reply = await connection.call(ask("again"));
    expect(Buffer.from(reply.response).toString()).toBe("again");
  });

  test("a stopping worker answers the requests in flight and accepts no new ones", async () => {
    const { handler, arrived, release } = stuck(1);
    const server = await worker(handler);
    const connection = connectTo(server.port);
    const inFlight = connection.call(ask("first"));
    await arrived;
    const closing = server.close(5000);
    const late = await failure(connection.call(ask("late")));
    expect([late.code, late.message]).toEqual([
      "UNAVAILABLE",
      expect.stringContaining("is stopping"),
    ]);
    release();
    await closing;
    expect(Buffer.from((await inFlight).response).toString()).toBe("first");
  });

  test("a taken port is named", async () => {
    const server = await worker(echo);
    const error = await failure(worker(echo, server.port));
    expect([error.code, error.message]).toEqual([
      "ALREADY_EXISTS",
      expect.stringContaining(`127.0.0.1:${server.port}`),
    ]);
  });
});
