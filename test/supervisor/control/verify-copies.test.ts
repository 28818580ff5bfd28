import { expect, test } from "vitest";
import { areEqual } from "../../../src/supervisor/control/verify-copies.ts";

const COPY = { seq: 7, docs: 3, history: "aa", digest: "dd" };

test("copies are equal if they have the same writes and the same state", () => {
  expect(areEqual([COPY, { ...COPY }])).toBe(true);
  expect(areEqual([COPY])).toBe(true);
});

test.each([
  ["another number", { seq: 8 }],
  ["another count of documents", { docs: 4 }],
  ["another history of writes", { history: "ab" }],
  ["another digest of the executor", { digest: "de" }],
])("%s makes a copy differ", (_, change) => {
  expect(areEqual([COPY, { ...COPY, ...change }])).toBe(false);
});

test("a copy that does not answer is not equal to any other", () => {
  expect(areEqual([COPY, {}])).toBe(false);
  expect(areEqual([{}, COPY])).toBe(false);
  expect(areEqual([{}, {}])).toBe(false);
  expect(areEqual([])).toBe(false);
});
