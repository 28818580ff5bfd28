import { expect, test } from "vitest";
import { decodeExtra, encodeExtra } from "../../../src/worker/disk/snapshot-extra.ts";

test("operation ids and outcomes are read back as they were written", () => {
  const extra = {
    history: "ab".repeat(32),
    operations: [
      { operationId: "a", seq: 1, outcome: { kind: "done" as const } },
      { operationId: "b", seq: 2, outcome: { kind: "threw" as const, error: "no" } },
      { operationId: "c", seq: 3, outcome: { kind: "threw" as const, error: "" } },
    ],
  };
  expect(decodeExtra(encodeExtra(extra))).toEqual(extra);
});

test("the data of a newer version is refused", () => {
  expect(() => decodeExtra(Buffer.from('{"version":2}'))).toThrow("a newer jflow wrote it");
});

test("data without operation ids is refused", () => {
  expect(() => decodeExtra(Buffer.from("{}"))).toThrow("the snapshot has no operation ids");
});
