import { afterEach, describe, expect, test, vi } from "vitest";
import { Document } from "../../../src/document/document.ts";
import { JflowError } from "../../../src/util/errors.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";
import { BatchedMethods } from "../../../src/worker/batching/batched-methods.ts";
import type { Cancellation } from "../../../src/wire/cancellation.ts";
import type { BatchingOptions } from "../../../src/worker/batching/batching-options.ts";
import { decodeDocuments, type ExecutorCall } from "../../../src/worker/executor/executor-call.ts";
import type { MethodEnd } from "../../../src/worker/executor/executor-host.ts";

/** Later than any test: a batch is sent only because it is full. */
const NEVER_MS = 2 ** 30;
const OPTIONS: BatchingOptions = { preferredBatchSize: 4, timeoutMs: NEVER_MS, flushAll: false };
const waits = new AbortController().signal;

function makeCall(ids: readonly string[], parameters: Record<string, unknown> = {}): ExecutorCall {
  const request = DataRequest.make({
    header: { requestId: "r", execEndpoint: "/encode", targetExecutor: "" },
    parameters,
    documents: ids.map((id) => new Document({ id, text: id }).encode()),
  });
  return { endpoint: "/encode", requests: [request], deployments: [] };
}

afterEach(() => {
  vi.useRealTimers();
});

/** The batches that a method receives; it writes the size of the batch into each document. */
function openMethods(changes: Partial<BatchingOptions> = {}) {
  const batches: string[][] = [];
  const run = async (_: string, call: ExecutorCall): Promise<MethodEnd> => {
    const documents = decodeDocuments(call);
    batches.push(documents.docs.map(({ id }) => id));
    if (documents.docs.some(({ id }) => id === "bad"))
      return { kind: "threw", error: new JflowError("EXECUTOR_FAILED", "a bad document") };
    for (const document of documents.docs) document.text = `of ${documents.docs.length}`;
    return { kind: "done", documents, result: { kind: "nothing" } };
  };
  const options = new Map([["encode", { ...OPTIONS, ...changes }]]);
  return { batches, methods: new BatchedMethods(options, run) };
}

function textsOf(end: MethodEnd): string[] {
  if (end.kind === "threw") return [end.error.message];
  return end.documents.docs.map(({ id, text }) => `${id} ${text}`);
}

test("a batch holds the documents of several requests, and each gets its own back", async () => {
  const { batches, methods } = openMethods();
  const ends = await Promise.all([
    methods.run("encode", makeCall(["a", "b"]), waits),
    methods.run("encode", makeCall(["c"]), waits),
    methods.run("encode", makeCall(["d"]), waits),
  ]);
  expect(batches).toEqual([["a", "b", "c", "d"]]);
  expect(ends.map(textsOf)).toEqual([["a of 4", "b of 4"], ["c of 4"], ["d of 4"]]);
});

test("a batch that is not full is sent after its timeout", async () => {
  const { batches, methods } = openMethods({ timeoutMs: 1 });
  expect(textsOf(await methods.run("encode", makeCall(["a"]), waits))).toEqual(["a of 1"]);
  expect(batches).toEqual([["a"]]);
});

test("a large request is sent in parts, or at once with flush_all", async () => {
  const ids = ["a", "b", "c", "d", "e", "f"];
  const parted = openMethods();
  const end = await parted.methods.run("encode", makeCall(ids), waits);
  expect(parted.batches).toEqual([
    ["a", "b", "c", "d"],
    ["e", "f"],
  ]);
  expect(textsOf(end)).toEqual(ids.map((id, place) => `${id} of ${place < 4 ? 4 : 2}`));
  const whole = openMethods({ flushAll: true });
  await whole.methods.run("encode", makeCall(ids), waits);
  expect(whole.batches).toEqual([ids]);
});

test("requests with different parameters share no batch", async () => {
  const { batches, methods } = openMethods({ preferredBatchSize: 2 });
  await Promise.all([
    methods.run("encode", makeCall(["a"], { k: 1 }), waits),
    methods.run("encode", makeCall(["b"], { k: 2 }), waits),
    methods.run("encode", makeCall(["c"], { k: 1 }), waits),
    methods.run("encode", makeCall(["d"], { k: 2 }), waits),
  ]);
  expect(batches).toEqual([
    ["a", "c"],
    ["b", "d"],
  ]);
  expect(methods.size).toBe(0);
});

test("a full batch does not shorten the wait of the next one", async () => {
  vi.useFakeTimers();
  const { batches, methods } = openMethods({ preferredBatchSize: 2, timeoutMs: 100 });
  const ends = [methods.run("encode", makeCall(["a"]), waits)];
  await vi.advanceTimersByTimeAsync(60);
  ends.push(methods.run("encode", makeCall(["b"]), waits));
  ends.push(methods.run("encode", makeCall(["c"]), waits));
  await vi.advanceTimersByTimeAsync(99);
  expect(batches).toEqual([["a", "b"]]);
  await vi.advanceTimersByTimeAsync(1);
  expect((await Promise.all(ends)).map(textsOf)).toEqual([["a of 2"], ["b of 2"], ["c of 1"]]);
});

test("a batch that runs is not cancelled with one of its callers", async () => {
  const gone = new AbortController();
  const run = async (_: string, call: ExecutorCall, signal: Cancellation): Promise<MethodEnd> => {
    gone.abort();
    signal.throwIfAborted();
    const documents = decodeDocuments(call);
    return Promise.resolve({ kind: "done", documents, result: { kind: "nothing" } });
  };
  const methods = new BatchedMethods(
    new Map([["encode", { ...OPTIONS, preferredBatchSize: 2 }]]),
    run,
  );
  const ends = [
    methods.run("encode", makeCall(["a"]), gone.signal),
    methods.run("encode", makeCall(["b"]), waits),
  ];
  expect((await Promise.all(ends)).map(textsOf)).toEqual([["a a"], ["b b"]]);
});

test("a request whose caller is gone is left out of the batch", async () => {
  const { batches, methods } = openMethods({ preferredBatchSize: 2 });
  const gone = new AbortController();
  const first = methods.run("encode", makeCall(["a"]), gone.signal);
  gone.abort();
  const second = methods.run("encode", makeCall(["b"]), waits);
  expect(textsOf(await first)).toEqual(["the caller is gone"]);
  expect(textsOf(await second)).toEqual(["b of 1"]);
  expect(batches).toEqual([["b"]]);
});

describe("an error", () => {
  test("of the method fails every request of the part that it was called with", async () => {
    const { methods } = openMethods({ preferredBatchSize: 2 });
    const ends = await Promise.all([
      methods.run("encode", makeCall(["a"]), waits),
      methods.run("encode", makeCall(["bad"]), waits),
      methods.run("encode", makeCall(["c", "d"]), waits),
    ]);
    expect(ends.map(textsOf)).toEqual([
      ["a bad document"],
      ["a bad document"],
      ["c of 2", "d of 2"],
    ]);
  });

  test("names a method that returns another number of documents, or an object", async () => {
    const one = { kind: "documents", documents: [] } as const;
    const object = { kind: "object", value: {} } as const;
    for (const [result, message] of [
      [one, "must return one document for each given one: 0 for 1"],
      [object, "must return documents or nothing, not an object"],
    ] as const) {
      const run = async (_: string, call: ExecutorCall): Promise<MethodEnd> => ({
        kind: "done",
        documents: decodeDocuments(call),
        result,
      });
      const methods = new BatchedMethods(new Map([["encode", { ...OPTIONS, timeoutMs: 0 }]]), run);
      const end = await methods.run("encode", makeCall(["a"]), waits);
      expect(textsOf(end)[0]).toContain(message);
    }
  });
});

test("a request without documents is called at once, and gets the error of the method", async () => {
  const error = new JflowError("EXECUTOR_FAILED", "no documents");
  const run = (): Promise<MethodEnd> => Promise.resolve({ kind: "threw", error });
  const methods = new BatchedMethods(new Map([["encode", OPTIONS]]), run);
  expect(await methods.run("encode", makeCall([]), waits)).toEqual({ kind: "threw", error });
});

test("everything that waits is called at a flush", async () => {
  const { batches, methods } = openMethods();
  const ends = [
    methods.run("encode", makeCall(["a"], { k: 1 }), waits),
    methods.run("encode", makeCall(["b"], { k: 2 }), waits),
  ];
  methods.flush();
  expect((await Promise.all(ends)).map(textsOf)).toEqual([["a of 1"], ["b of 1"]]);
  expect(batches).toEqual([["a"], ["b"]]);
});

test("a method without options is called at once", async () => {
  const { batches, methods } = openMethods();
  await methods.run("other", makeCall(["a"]), waits);
  expect(batches).toEqual([["a"]]);
});
