import { describe, expect, test } from "vitest";
import { toSchema } from "../../../src/document/translation/to-schema.ts";
import { writeV2Document } from "../../../src/document/v2/v2-to-json.ts";
import { Document } from "../../../src/document/document.ts";
import type { DocumentInit } from "../../../src/document/document-init.ts";

const TENSOR = { type: "array", items: { type: "number" }, "tensor/array shape": "not specified" };
const PART = { type: "object", properties: { id: {}, price: { type: "number" } } };

/** Translates a docarray v1 document for executors whose documents have these fields. */
function shape(init: DocumentInit, properties: Readonly<Record<string, unknown>>): string {
  const schema = {
    type: "object",
    properties: { id: { type: "string" }, ...properties },
    definitions: { Part: PART },
  };
  return writeV2Document(toSchema(new Document({ id: "a", ...init }).encode(), schema)).replace(
    '{"id":"a",',
    "{",
  );
}

describe("a tag with the name of a field becomes that field", () => {
  test.each<[string, DocumentInit, Record<string, unknown>, string]>([
    [
      "a number",
      { tags: { price: 2, other: 1 } },
      { price: { type: "number" } },
      '{"tags":{"other":1},"price":2.0}',
    ],
    ["a whole number", { tags: { n: 2 } }, { n: { type: "integer" } }, '{"tags":{},"n":2}'],
    ["a tensor, of floats", { tags: { v: [1, 2] } }, { v: TENSOR }, '{"tags":{},"v":[1.0,2.0]}'],
    [
      "a document",
      { tags: { p: { price: 1 } } },
      { p: { $ref: "#/definitions/Part" } },
      '"p":{"id":null,"price":1.0}',
    ],
    [
      "a tag does not replace a field",
      { text: "t", tags: { text: "x" } },
      { text: { type: "string" } },
      '"text":"t"',
    ],
  ])("%s", (_, init, properties, written) => {
    expect(shape(init, properties)).toContain(written);
  });

  test("a tag of a nested document becomes its field, too", () => {
    const matches = [{ id: "m", tags: { price: 3 } }];
    const properties = { matches: { type: "array", items: { $ref: "#/definitions/Part" } } };
    expect(shape({ matches }, properties)).toBe('{"matches":[{"id":"m","tags":{},"price":3.0}]}');
  });
});

describe("a docarray v1 field keeps its name or gets the name in the schema", () => {
  test.each<[string, DocumentInit, Record<string, unknown>, string]>([
    [
      "an embedding is a tensor",
      { embedding: [1, 0.5] },
      { embedding: TENSOR },
      '{"embedding":[1.0,0.5]}',
    ],
    [
      "an embedding is a list",
      { embedding: [1, 0.5] },
      { embedding: { type: "array", items: { type: "number" } } },
      "[1.0,0.5]",
    ],
    ["a uri is a url", { uri: "u" }, { url: { type: "string" } }, '{"url":"u"}'],
    ["a uri stays a uri", { uri: "u" }, { uri: { type: "string" } }, '{"uri":"u"}'],
    [
      "a blob is bytes_",
      { blob: Uint8Array.of(104, 105) },
      { bytes_: { type: "string" } },
      '{"bytes_":"hi"}',
    ],
  ])("%s", (_, init, properties, written) => {
    expect(shape(init, properties)).toContain(written);
  });
});

test("a tag that does not fit its field is rejected with its name", () => {
  expect(() => shape({ tags: { n: "seven" } }, { n: { type: "integer" } })).toThrow(
    'n: a number is expected, not "seven"',
  );
});

test("a docarray v2 document is unchanged", () => {
  const bytes = toSchema(new Document({ id: "a" }).encode(), {});
  expect(toSchema(bytes, { properties: { id: {} } })).toBe(bytes);
});
