import { describe, expect, test } from "vitest";
import { toFormat } from "../../../src/document/translation/to-format.ts";
import { Document } from "../../../src/document/document.ts";
import { JflowError } from "../../../src/util/errors.ts";
import {
  decodeDocuments,
  readCall,
  type ExecutorCall,
} from "../../../src/worker/executor/executor-call.ts";
import { toExecutorFailure } from "../../../src/worker/executor/executor-failure.ts";
import {
  buildAnswer,
  buildErrorAnswer,
  formatJinaPlace,
  interpretResult,
  passThrough,
} from "../../../src/worker/executor/results.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";
import { documentFormat } from "../../../src/document/scan/document-values.ts";

function makeRequest(
  texts: readonly string[],
  parameters: Readonly<Record<string, unknown>> = {},
): Uint8Array {
  return DataRequest.make({
    header: { requestId: "r1", execEndpoint: "/x", targetExecutor: "" },
    parameters,
    documents: texts.map((text) => new Document({ id: text, text }).encode()),
  }).toBytes();
}

function makeCall(...requests: readonly Uint8Array[]): ExecutorCall {
  return readCall({ endpoint: "/x", requests, deployments: ["left", "right"] });
}

function readTexts(answer: Uint8Array): string[] {
  return DataRequest.read(answer).documents.map((bytes) => Document.decode(bytes).text);
}

describe("the return value of a method", () => {
  test("may be documents, a plain object or nothing", () => {
    const document = new Document({ text: "a" });
    expect(interpretResult([document], "X.y")).toEqual({
      kind: "documents",
      documents: [document],
    });
    expect(interpretResult({ count: 1 }, "X.y")).toEqual({ kind: "object", value: { count: 1 } });
    expect(interpretResult(undefined, "X.y")).toEqual({ kind: "nothing" });
    expect(interpretResult(null, "X.y")).toEqual({ kind: "nothing" });
  });

  test.each([
    [3, "X.y returned a number"],
    ["text", "X.y returned a string"],
    [new Map(), "X.y returned a Map"],
    [new Document(), "X.y returned a Document"],
    [[new Document(), "b"], "X.y returned an array whose element 1 is a string"],
  ])("anything else is an error that names the method and the type: %#", (returned, message) => {
    expect(() => interpretResult(returned, "X.y")).toThrow(message);
  });
});

describe("the answer to a call", () => {
  test("returned documents replace those of the request", () => {
    const call = makeCall(makeRequest(["a", "b"]));
    const result = interpretResult([new Document({ text: "c" })], "X.y");
    expect(readTexts(buildAnswer(call, decodeDocuments(call), result, "x/rep-0"))).toEqual(["c"]);
  });

  test.each([
    ["the request's own", ["a"], ["v1", "v1"]],
    ["docarray v2, where the request has no documents", [], ["v2", "v2"]],
  ])("documents of both formats come back in one format: %s", (_, asked, formats) => {
    const call = makeCall(makeRequest(asked));
    const stored = [
      new Document({ id: "b" }),
      Document.decode(toFormat(new Document({ id: "c" }).encode(), "v2")),
    ];
    const answer = buildAnswer(
      call,
      decodeDocuments(call),
      interpretResult(stored, "X.y"),
      "x/rep-0",
    );
    expect(DataRequest.read(answer).documents.map(documentFormat)).toEqual(formats);
  });

  test("documents changed in place, added and removed are in the answer", () => {
    const call = makeCall(makeRequest(["a", "b"]));
    const given = decodeDocuments(call);
    given.docs[0]!.text = "A";
    given.docs.pop();
    given.docs.push(new Document({ text: "z" }));
    expect(readTexts(buildAnswer(call, given, { kind: "nothing" }, "x/rep-0"))).toEqual(["A", "z"]);
  });

  test("an untouched request comes back byte for byte", () => {
    const request = makeRequest(["a", "b"], { k: 1 });
    const call = makeCall(request);
    const given = decodeDocuments(call);
    expect(given.docs[0]?.text).toBe("a");
    expect(buildAnswer(call, given, { kind: "nothing" }, "x/rep-0")).toEqual(request);
  });

  test("a plain object is added to __results__ under the name of the replica in Jina", () => {
    const call = makeCall(makeRequest(["a"], { limit: 3, __results__: { "enc/rep-0": { n: 1 } } }));
    const answer = buildAnswer(
      call,
      decodeDocuments(call),
      { kind: "object", value: { n: 2 } },
      "indexer/rep-0",
    );
    expect(DataRequest.read(answer).parameters).toEqual({
      limit: 3,
      __results__: { "enc/rep-0": { n: 1 }, "indexer/rep-0": { n: 2 } },
    });
    expect(readTexts(answer)).toEqual(["a"]);
  });

  test("the answer to several requests holds all documents and all __results__", () => {
    const call = makeCall(
      makeRequest(["a"], { __results__: { l: { n: 1 } } }),
      makeRequest(["b"], { __results__: { r: { n: 2 } } }),
    );
    const given = decodeDocuments(call);
    expect(given.docsMatrix?.map((docs) => docs.map((doc) => doc.text))).toEqual([["a"], ["b"]]);
    expect([...(given.docsMap?.keys() ?? [])]).toEqual(["left", "right"]);
    const answer = buildAnswer(call, given, { kind: "nothing" }, "x/rep-0");
    expect(readTexts(answer)).toEqual(["a", "b"]);
    expect(DataRequest.read(answer).parameters).toEqual({
      __results__: { l: { n: 1 }, r: { n: 2 } },
    });
  });

  test("an unbound endpoint returns the request, and several requests one after another", () => {
    const request = makeRequest(["a"]);
    expect(passThrough(makeCall(request))).toEqual(request);
    expect(readTexts(passThrough(makeCall(request, makeRequest(["b"]))))).toEqual(["a", "b"]);
  });

  test("an exception becomes the status of the header with name, message, stack and class, and the documents stay", () => {
    const call = makeCall(makeRequest(["a"]));
    const answer = DataRequest.read(
      buildErrorAnswer(call, toExecutorFailure(new TypeError("no good"), "Shout")),
    );
    expect(answer.header.requestId).toBe("r1");
    expect(answer.header.status).toMatchObject({
      code: "ERROR",
      description: "TypeError: no good",
      exception: { name: "TypeError", args: ["no good"], executor: "Shout" },
    });
    expect(answer.header.status?.exception?.stacks[0]).toBe("TypeError: no good");
    expect(answer.documents.map((bytes) => Document.decode(bytes).text)).toEqual(["a"]);
  });

  test("a thrown value that is not an Error becomes an error too", () => {
    const failure = toExecutorFailure("just text", "Shout");
    expect(failure).toBeInstanceOf(JflowError);
    expect(failure.message).toBe("string: just text");
  });
});

test("the name of a replica in __results__ includes the shard only where the deployment has several", () => {
  expect(formatJinaPlace({ deployment: "indexer", shard: 0, shards: 1, replica: 2 })).toBe(
    "indexer/rep-2",
  );
  expect(formatJinaPlace({ deployment: "indexer", shard: 1, shards: 3, replica: 0 })).toBe(
    "indexer/shard-1/rep-0",
  );
});
