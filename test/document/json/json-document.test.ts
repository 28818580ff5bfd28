import { describe, expect, test } from "vitest";
import { Document } from "../../../src/document/document.ts";
import { parseDocuments } from "../../../src/document/json/parse-documents.ts";
import { documentFromJson, documentToJson } from "../../../src/document/json/json-document.ts";

const floats = (...values: number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);

describe("a document as JSON", () => {
  test("has every field in Jina's order, null where it is empty", () => {
    const json = documentToJson(
      new Document({ id: "a", text: "x", scores: { cosine: { value: 0.5 } } }),
      {
        empty: "null",
      },
    );
    expect(Object.entries(json)).toEqual([
      ["id", "a"],
      ["parent_id", null],
      ["granularity", null],
      ["adjacency", null],
      ["blob", null],
      ["tensor", null],
      ["mime_type", null],
      ["text", "x"],
      ["weight", null],
      ["uri", null],
      ["tags", null],
      ["offset", null],
      ["location", null],
      ["embedding", null],
      ["modality", null],
      ["evaluations", null],
      ["scores", { cosine: { value: 0.5, op_name: null, description: null, ref_id: null } }],
      ["chunks", null],
      ["matches", null],
    ]);
  });

  test("leaves empty fields out in files, and reads back the same", () => {
    const document = new Document({
      id: "a",
      parentId: "p",
      blob: Uint8Array.of(1, 2, 255),
      mimeType: "image/png",
      weight: 0.5,
      granularity: 1,
      location: [1, 2],
      embedding: [1, 2.5],
      tags: { nested: { list: [1, "x", null] } },
      scores: { cosine: { value: 0, opName: "o", refId: "r" } },
      matches: [{ id: "m", text: "hit", chunks: [{ id: "c" }] }],
    });
    const json = documentToJson(document, { empty: "omit" });
    expect(Object.keys(json)).toEqual([
      "id",
      "parent_id",
      "granularity",
      "blob",
      "mime_type",
      "weight",
      "tags",
      "location",
      "embedding",
      "scores",
      "matches",
    ]);
    expect(json["blob"]).toBe("AQL/");
    expect(
      documentFromJson(JSON.parse(JSON.stringify(json)), { unknownKeys: "ignore" }).encode(),
    ).toEqual(document.encode());
  });

  test("writes tensors as nested lists by their shape, and reads whole numbers as integers and others as doubles", () => {
    const document = new Document({
      tensor: { dtype: "<f4", shape: [2, 1, 2], buffer: floats(1.5, 2, 3, 4) },
    });
    const json = documentToJson(document, { empty: "omit" });
    expect(json["tensor"]).toEqual([[[1.5, 2]], [[3, 4]]]);
    expect(documentFromJson(json, { unknownKeys: "ignore" }).tensor).toMatchObject({
      dtype: "<f8",
      shape: [2, 1, 2],
    });
    expect(documentFromJson({ tensor: [[1, 2]] }, { unknownKeys: "ignore" }).tensor).toEqual({
      dtype: "<i8",
      shape: [1, 2],
      buffer: new Uint8Array(BigInt64Array.of(1n, 2n).buffer),
    });
  });

  test.each([
    { embedding: [1, 2.5], shape: [2] },
    {
      embedding: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      shape: [2, 3],
    },
    { embedding: [[[1.5], [2]]], shape: [1, 2, 1] },
    { embedding: [], shape: [0] },
  ])("an embedding keeps its shape $shape, as bytes and as JSON", ({ embedding, shape }) => {
    const read = documentFromJson(
      { embedding, chunks: [{ embedding }] },
      { unknownKeys: "ignore" },
    );
    const sent = Document.decode(read.encode());
    expect([sent, ...sent.chunks].map((each) => each.embeddingShape)).toEqual([shape, shape]);
    expect([...sent.embedding!]).toEqual(embedding.flat(2));
    expect(documentToJson(sent, { empty: "omit" })["embedding"]).toEqual(embedding);
  });

  test.each(["embedding", "sparse_embedding", "sparseEmbedding"])(
    "a sparse embedding is an object, and is read as %s in any order",
    (key) => {
      const document = documentFromJson(
        { [key]: { dimensions: 9, indices: [7, 2], values: [0.5, 1] } },
        { unknownKeys: "ignore" },
      );
      expect(document.sparseEmbedding).toEqual({
        dimensions: 9,
        indices: Uint32Array.of(2, 7),
        values: Float32Array.of(1, 0.5),
      });
      expect(documentToJson(document, { empty: "omit" })).toEqual({
        sparse_embedding: { dimensions: 9, indices: [2, 7], values: [1, 0.5] },
      });
    },
  );

  test("has no sparse_embedding where it is empty: Jina's HTTP client accepts only lists as embeddings", () => {
    const sparseEmbedding = {
      dimensions: 9,
      indices: Uint32Array.of(2),
      values: Float32Array.of(1),
    };
    expect(documentToJson(new Document({ sparseEmbedding }), { empty: "null" })).toMatchObject({
      embedding: null,
      sparse_embedding: { dimensions: 9, indices: [2], values: [1] },
    });
    expect(documentToJson(new Document({ id: "a" }), { empty: "null" })).not.toHaveProperty(
      "sparse_embedding",
    );
  });

  test("writes numbers that JSON cannot hold as text, and reads them back as numbers", () => {
    const document = new Document({
      weight: Infinity,
      embedding: [NaN, -Infinity, 1],
      tags: { bad: NaN },
    });
    const json = documentToJson(document, { empty: "omit" });
    expect(json).toEqual({
      weight: "Infinity",
      embedding: ["NaN", "-Infinity", 1],
      tags: { bad: "NaN" },
    });
    const back = documentFromJson(json, { unknownKeys: "ignore" });
    expect([back.weight, [...back.embedding!]]).toEqual([Infinity, [NaN, -Infinity, 1]]);
  });
});

describe("a document from JSON", () => {
  test("accepts camelCase and snake_case, null as absent, and a number as text", () => {
    const json = {
      id: 7,
      parentId: "p",
      mime_type: "m",
      text: null,
      scores: { cosine: { value: 1, opName: "o", ref_id: "r" }, l2: 3 },
    };
    const document = documentFromJson(json, { unknownKeys: "ignore" });
    expect([document.id, document.parentId, document.mimeType, document.text]).toEqual([
      "7",
      "p",
      "m",
      "",
    ]);
    expect(document.scores).toEqual({
      cosine: { value: 1, opName: "o", refId: "r" },
      l2: { value: 3 },
    });
  });

  test.each([
    ['{"id":1234567890123456789}', "1234567890123456789"],
    ['{"id" : -9007199254740993}', "-9007199254740993"],
    ['{"id":1.0}', "1.0"],
    ['{"id":12}', "12"],
  ])("the id of %s keeps the digits of the number", (text, id) => {
    expect(documentFromJson(parseDocuments(text), { unknownKeys: "tags" }).id).toBe(id);
  });

  test("numbers with the name of a text field stay numbers in tags and scores", () => {
    const text = String.raw`{"id":"\"id\":1.0","tags":{"id":1.0,"list":[{"text":2.0}]},"scores":{"id":3.0}}`;
    const document = documentFromJson(parseDocuments(text), { unknownKeys: "tags" });
    expect([document.id, document.tags, document.scores]).toEqual([
      '"id":1.0',
      { id: 1, list: [{ text: 2 }] },
      { id: { value: 3 } },
    ]);
  });

  test("an id with half of a surrogate pair is refused; in text it becomes U+FFFD", () => {
    for (const json of [{ id: "a\ud83d" }, { parent_id: "\ude00" }, { chunks: [{ id: "\ud83d" }] }])
      expect(() => documentFromJson(json, { unknownKeys: "tags" }).encode()).toThrow(
        /is half of a surrogate pair/,
      );
    const json = { id: "a\ud83d\ude00", text: "\ud83d" };
    const read = Document.decode(documentFromJson(json, { unknownKeys: "tags" }).encode());
    expect([read.id, read.text]).toEqual(["a\ud83d\ude00", "\uFFFD"]);
  });

  test("unknown keys become tags or are ignored; the document's own tags win", () => {
    const json = { id: "a", price: 1, color: "red", tags: { price: 2 } };
    expect(documentFromJson(json, { unknownKeys: "tags" }).tags).toEqual({
      price: 2,
      color: "red",
    });
    expect(documentFromJson(json, { unknownKeys: "ignore" }).tags).toEqual({ price: 2 });
  });

  test("tags distinguish 1 and 0 from true and false", () => {
    expect(
      documentFromJson({ tags: { one: 1, yes: true } }, { unknownKeys: "ignore" }).tags,
    ).toEqual({
      one: 1,
      yes: true,
    });
  });

  test.each<[unknown, string]>([
    ["text", "a document must be a JSON object"],
    [[], "a document must be a JSON object"],
    [{ text: { a: 1 } }, 'document field "text" must be text'],
    [{ weight: "heavy" }, 'document field "weight" must be a number'],
    [{ granularity: -1 }, 'document field "granularity" must be a whole number'],
    [{ blob: "no base64!" }, 'document field "blob" must be base64'],
    [{ embedding: [1, "x"] }, 'document field "embedding" must be a list of numbers'],
    [{ tensor: [[1], [1, 2]] }, 'document field "tensor" must be a list of numbers'],
    [{ embedding: { dimensions: 2, indices: [2], values: [1] } }, "embedding.indices"],
    [{ tags: [1] }, 'document field "tags" must be an object'],
    [{ scores: { a: { value: "x" } } }, 'document field "scores.a" must be a number'],
    [{ matches: { id: "a" } }, 'document field "matches" must be a list'],
    [{ matches: [1] }, "a document must be a JSON object"],
  ])("%j is refused: %s", (json, message) => {
    expect(() => documentFromJson(json, { unknownKeys: "tags" })).toThrow(message);
  });

  test("documents nested too deep are rejected", () => {
    let json: unknown = { id: "x" };
    for (let level = 0; level < 500; level += 1) json = { matches: [json] };
    expect(() => documentFromJson(json, { unknownKeys: "ignore" })).toThrow("levels deep");
  });
});
