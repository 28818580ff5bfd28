import { expect, test } from "vitest";
import { isFromV1Client } from "../../../../src/gateway/fronts/json/client-format.ts";

test("a document with every field of docarray v1 comes from Jina's client for docarray v1", () => {
  const document = { granularity: null, adjacency: null, parent_id: null, modality: null };
  expect(isFromV1Client(document)).toBe(true);
});

test.each([
  ["has one such field by chance", { id: "a", granularity: "fine" }],
  ["lacks one such field", { granularity: 0, adjacency: 0, parent_id: "" }],
  ["is not an object", "granularity"],
  ["is null", null],
])("a document that %s does not", (_, document) => {
  expect(isFromV1Client(document)).toBe(false);
});
