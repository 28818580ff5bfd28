import { describe, expect, test } from "vitest";
import { readBatching } from "../../../src/worker/batching/batching-options.ts";
import { bindEndpoints } from "../../../src/worker/executor/bindings.ts";

class Encoder {
  static readonly requests = { "/encode": "encode", "/index": "store" };
  static readonly writes = ["store"];
  encode(): void {}
  store(): void {}
}
const bindings = bindEndpoints(Encoder);

test("reads options by endpoint or method, with the defaults of Jina", () => {
  const read = (given: Record<string, unknown>) => [...readBatching(given, bindings)];
  const options = { preferredBatchSize: 8, timeoutMs: 10_000, flushAll: false };
  expect(read({ "/encode": { preferred_batch_size: 8 } })).toEqual([["encode", options]]);
  expect(read({ encode: { preferred_batch_size: 2, timeout: 50, flush_all: true } })).toEqual([
    ["encode", { preferredBatchSize: 2, timeoutMs: 50, flushAll: true }],
  ]);
});

describe("refuses", () => {
  test.each([
    [{ "/encod": { preferred_batch_size: 8 } }, '"/encod": no method handles this endpoint'],
    [{ "/index": { preferred_batch_size: 8 } }, "store changes state"],
    [{ "/encode": {} }, "preferred_batch_size must be a number of documents"],
    [{ "/encode": { preferred_batch_size: 0 } }, "preferred_batch_size must be at least 1"],
    [
      { "/encode": { preferred_batch_size: 1, tiemout: 5 } },
      'unknown key "tiemout": the keys are preferred_batch_size, timeout, flush_all',
    ],
    [{ "/encode": 8 }, "expected a mapping such as { preferred_batch_size: 32, timeout: 20 }"],
  ])("%j", (given, reason) => {
    expect(() => readBatching(given, bindings)).toThrow(reason);
  });

  test("a stateful executor", () => {
    const given = { "/encode": { preferred_batch_size: 8 } };
    expect(() => readBatching(given, bindings, true)).toThrow("only executors without state");
  });
});
