import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Document } from "../../src/document/document.ts";
import type { WorkerReply } from "../../src/wire/exchange/messages.ts";
import { DataRequest } from "../../src/wire/jina/messages/data-request.ts";
import { openWorkerBench, type WorkerBench, type WorkerProcess } from "./worker-process.ts";

const ECHO = { deployment: "echo", uses: "./executors.ts#Echo" };

let bench: WorkerBench;
beforeAll(async () => {
  bench = await openWorkerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

function makeRequest(text: string, parameters: Readonly<Record<string, unknown>> = {}): Uint8Array {
  return DataRequest.make({
    header: { requestId: "abc", execEndpoint: "", targetExecutor: "" },
    parameters,
    documents: [new Document({ id: "1", text }).encode()],
  }).toBytes();
}

async function post(
  worker: WorkerProcess,
  endpoint: string,
  request: Uint8Array = makeRequest("hello"),
): Promise<WorkerReply> {
  const connection = await worker.connection();
  return connection.call({ endpoint, requests: [request] });
}

function readText(reply: WorkerReply): string | undefined {
  const [first] = DataRequest.read(reply.response).documents;
  return first && Document.decode(first).text;
}

describe("a worker without state", () => {
  let worker: WorkerProcess;
  beforeAll(async () => {
    worker = bench.start({
      ...ECHO,
      usesWith: { suffix: "!" },
      usesRequests: { "/loud": "shout" },
      shard: 1,
      shards: 3,
    });
    await worker.hello();
  });

  test("sends a hello with its endpoints, as the flow binds them, and a port", async () => {
    const hello = await worker.hello();
    expect(hello).toMatchObject({
      processId: worker.spec.processId,
      stateful: false,
      writes: [],
      notices: [],
    });
    expect(hello.endpoints).toContain("/loud");
    expect(hello.port).toBeGreaterThan(0);
    expect(hello).not.toHaveProperty("copyId");
  });

  test("answers a request with the result of the method", async () => {
    expect(readText(await post(worker, "/shout"))).toBe("HELLO!");
    expect(readText(await post(worker, "/loud"))).toBe("HELLO!");
  });

  test("returns a request to an unbound endpoint as it came", async () => {
    const request = makeRequest("hello");
    expect(new Uint8Array((await post(worker, "/unbound", request)).response)).toEqual(
      new Uint8Array(request),
    );
  });

  test("passes endpoint, parameters, request id and its own place to the method", async () => {
    const reply = await post(worker, "/about", makeRequest("x", { limit: 5 }));
    expect(DataRequest.read(reply.response).parameters).toEqual({
      limit: 5,
      __results__: {
        "echo/shard-1/rep-0": {
          endpoint: "/about",
          parameters: { limit: 5 },
          requestId: "abc",
          shard: 1,
          shards: 3,
          replica: 0,
        },
      },
    });
  });

  test("answers an exception and continues", async () => {
    const reply = await post(worker, "/boom");
    expect(reply.isError).toBe(true);
    const { status } = DataRequest.read(reply.response).header;
    expect(status).toMatchObject({
      code: "ERROR",
      description: "TypeError: boom went the method",
      exception: { name: "TypeError", executor: "Echo" },
    });
    expect(status?.exception?.stacks.join("\n")).toContain("boom");
    await expect
      .poll(() => worker.output.stderr)
      .toMatch(/Echo threw TypeError: boom went the method\n +at .*boom \(.*executors/);
    expect(readText(await post(worker, "/shout"))).toBe("HELLO!");
  });

  test("answers a result of a wrong type with an error that names the type", async () => {
    const reply = await post(worker, "/number");
    expect(DataRequest.read(reply.response).header.status?.description).toContain(
      "Echo.number returned a number",
    );
  });

  test("refuses a malformed request and continues", async () => {
    await expect(post(worker, "/shout", new Uint8Array([0xff, 0xff, 0xff]))).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    expect(readText(await post(worker, "/shout"))).toBe("HELLO!");
  });

  test("aborts the signal of the method when the caller cancels", async () => {
    const connection = await worker.connection();
    const caller = new AbortController();
    const waiting = connection.call(
      { endpoint: "/wait", requests: [makeRequest("x")] },
      caller.signal,
    );
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    // At the deadline both sides end: the caller cancels, and the method, whose signal is aborted,
    // may have answered just before.
    const late = connection
      .call({ endpoint: "/wait", requests: [makeRequest("x")], timeoutMs: 50 })
      .then(
        ({ response }) => JSON.stringify(DataRequest.read(response).parameters),
        ({ code }: { code: string }) => code,
      );
    expect(await late).toMatch(/^DEADLINE_EXCEEDED$|"aborted":true/);
    expect(readText(await post(worker, "/shout"))).toBe("HELLO!");
  });

  test("prints an exception outside any request and continues", async () => {
    await post(worker, "/stray");
    expect(readText(await post(worker, "/shout"))).toBe("HELLO!");
    await expect
      .poll(() => worker.output.stderr)
      .toContain("uncaught exception outside any request: Error: thrown outside of the request");
  });

  test("answers a heartbeat at once", async () => {
    const heartbeat = worker.report("heartbeat");
    await worker.command({ type: "heartbeat" });
    expect(await heartbeat).toEqual({ type: "heartbeat", docs: null });
  });

  test("finishes its requests and exits with 0 when it drains", async () => {
    const other = bench.start(ECHO);
    await other.hello();
    await other.command({ type: "drain", timeoutMs: 5000 });
    expect(await other.exit).toEqual({ code: 0, signal: null });
  });

  test("calls the method with a batch that is not full when it drains", async () => {
    const dynamicBatching = { shout: { preferred_batch_size: 9, timeout: 2 ** 30 } };
    const other = bench.start({ ...ECHO, dynamicBatching });
    const waiting = post(other, "/shout");
    // The worker reads requests in the order in which they are sent.
    await post(other, "/about");
    await other.command({ type: "drain", timeoutMs: 60_000 });
    expect(readText(await waiting)).toBe("HELLO");
    expect(await other.exit).toEqual({ code: 0, signal: null });
  });

  test("drains on SIGTERM too", async () => {
    const other = bench.start(ECHO);
    await other.hello();
    other.child.kill("SIGTERM");
    expect(await other.exit).toEqual({ code: 0, signal: null });
  });

  test("answers and then ends after an exception that the flow names", async () => {
    const other = bench.start({ ...ECHO, exitOnExceptions: ["TypeError"] });
    expect((await post(other, "/boom")).isError).toBe(true);
    expect(await other.exit).toEqual({ code: 1, signal: null });
    expect(other.output.stderr).toContain("exit_on_exceptions: TypeError: boom went the method");
  });

  test("ends when its supervisor is gone", async () => {
    const other = bench.start(ECHO);
    await other.hello();
    other.child.disconnect();
    expect(await other.exit).toEqual({ code: 1, signal: null });
  });
});

describe("a method that changes state without keeping it", () => {
  test("runs one call at a time, and a notice warns of several replicas", async () => {
    const worker = bench.start({
      deployment: "counter",
      uses: "./executors.ts#Counter",
      replicas: 2,
    });
    const { notices, writes } = await worker.hello();
    expect(writes).toEqual(["/add"]);
    expect(notices).toEqual([
      "counter: Counter declares writes but lacks snapshot or restore: its 2 replicas are not kept equal and may hold different documents",
    ]);
    const replies = await Promise.all(Array.from({ length: 20 }, () => post(worker, "/add")));
    const most = replies.map((reply) => DataRequest.read(reply.response).parameters);
    expect(most).toEqual(
      Array.from({ length: 20 }, () => ({ __results__: { "counter/rep-0": { most: 1 } } })),
    );
  });
});

test("a warning of an executor during its start reaches the user and the output", async () => {
  const worker = bench.start({ deployment: "frugal", uses: "./executors.ts#Frugal" });
  expect((await worker.hello()).notices).toEqual(["frugal: no accelerator here: slower"]);
  await expect
    .poll(() => worker.output)
    .toEqual({ stdout: "loading\n", stderr: "no accelerator here: slower\n" });
});

describe("an executor that cannot start", () => {
  test.each([
    ["BrokenConstructor", "the model file is broken", "SyntaxError"],
    ["BrokenLoad", "the model does not load", "Error"],
  ])(
    "%s: the worker reports the reason with the stack and exits with 1",
    async (name, message, kind) => {
      const worker = bench.start({ deployment: "broken", uses: `./executors.ts#${name}` });
      const answer = await worker.answer;
      expect(answer).toMatchObject({
        type: "failed",
        processId: worker.spec.processId,
        message,
        isLasting: false,
      });
      expect(answer).toHaveProperty("stack", expect.stringContaining(kind));
      expect(await worker.exit).toEqual({ code: 1, signal: null });
      expect(worker.output.stderr).toContain(message);
    },
  );

  test("an unknown export is refused with the existing exports", async () => {
    const worker = bench.start({ deployment: "broken", uses: "./executors.ts#Missing" });
    const answer = await worker.answer;
    expect(answer).toMatchObject({ type: "failed", isLasting: true });
    expect(answer).toHaveProperty(
      "message",
      expect.stringContaining(
        'has no export "Missing"; it has the executors BrokenConstructor, BrokenLoad, Counter, Echo, Frugal, Store',
      ),
    );
    expect(answer).not.toHaveProperty("stack");
  });
});

test("describe mode loads the class only and exits with 0, without a workspace or a port", async () => {
  const worker = bench.start({
    ...ECHO,
    mode: "describe",
    uses: "./executors.ts#BrokenConstructor",
    deployment: "described",
  });
  expect(await worker.hello()).toMatchObject({ port: 0, endpoints: ["/x"], stateful: false });
  expect(await worker.exit).toEqual({ code: 0, signal: null });
});
