import { beforeAll, describe, expect, test } from "vitest";
import { Document } from "../../src/document/document.ts";
import { JflowError } from "../../src/util/errors.ts";
import { unexpectedFailures } from "../wire/malformed.ts";
import {
  loadReferenceCodec,
  type Plain,
  type ReferenceCodec,
} from "../wire/jina/reference-codec.ts";

let reference: ReferenceCodec;

beforeAll(async () => {
  reference = await loadReferenceCodec();
});

const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const doubles = (...values: number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);

const EVERYTHING: Plain = {
  id: "d1",
  text: "häuser",
  granularity: 2,
  adjacency: 4_000_000_000,
  parent_id: "p",
  weight: 0.5,
  uri: "file:///a",
  modality: "text",
  mime_type: "text/plain",
  offset: -1.5,
  location: [1, 2.5],
  chunks: [{ id: "c", blob: Buffer.from([1, 2, 3]) }],
  matches: [
    {
      id: "m1",
      scores: { cosine: { value: 0.25, op_name: "hnsw", description: "x", ref_id: "d1" } },
    },
    { id: "m2" },
  ],
  embedding: { dense: { buffer: floats(1, -2, 3.5), shape: [3], dtype: "<f4" }, cls_name: "numpy" },
  tags: {
    fields: {
      n: { numberValue: 1.5 },
      s: { stringValue: "x" },
      b: { boolValue: true },
      z: { nullValue: "NULL_VALUE" },
      l: {
        listValue: {
          values: [{ numberValue: 1 }, { structValue: { fields: { deep: { stringValue: "y" } } } }],
        },
      },
    },
  },
  scores: { a: { value: 1 }, b: { value: 0 } },
  evaluations: { e: { value: 2 } },
  _metadata: { fields: { kept: { stringValue: "yes" } } },
};

const EVERYTHING_TAGS = { n: 1.5, s: "x", b: true, z: null, l: [1, { deep: "y" }] };

describe("a decoded document", () => {
  test("reads every field", () => {
    const document = Document.decode(reference.encodeDocument(EVERYTHING));
    expect({
      id: document.id,
      text: document.text,
      granularity: document.granularity,
      adjacency: document.adjacency,
      parentId: document.parentId,
      weight: document.weight,
      uri: document.uri,
      modality: document.modality,
      mimeType: document.mimeType,
      offset: document.offset,
      location: document.location,
      tags: document.tags,
      scores: document.scores,
      evaluations: document.evaluations,
      embedding: document.embedding,
    }).toEqual({
      id: "d1",
      text: "häuser",
      granularity: 2,
      adjacency: 4_000_000_000,
      parentId: "p",
      weight: 0.5,
      uri: "file:///a",
      modality: "text",
      mimeType: "text/plain",
      offset: -1.5,
      location: [1, 2.5],
      tags: EVERYTHING_TAGS,
      scores: { a: { value: 1 }, b: { value: 0 } },
      evaluations: { e: { value: 2 } },
      embedding: Float32Array.of(1, -2, 3.5),
    });
    expect(document.chunks.map(({ id, blob }) => [id, [...blob]])).toEqual([["c", [1, 2, 3]]]);
    expect(document.matches.map(({ id }) => id)).toEqual(["m1", "m2"]);
    expect(document.matches[0]!.scores).toEqual({
      cosine: { value: 0.25, opName: "hnsw", description: "x", refId: "d1" },
    });
  });

  test("encodes to the same bytes when it is unchanged, also after every field was read", () => {
    const bytes = reference.encodeDocument(EVERYTHING);
    const document = Document.decode(bytes);
    expect(document.encode()).toBe(bytes);
    for (const key of [
      "text",
      "tags",
      "scores",
      "matches",
      "chunks",
      "embedding",
      "location",
      "evaluations",
    ] as const)
      void document[key];
    void document.matches[0]!.scores;
    expect(document.encode()).toBe(bytes);
  });

  test("a changed field leaves the others byte for byte, unknown and repeated fields included", () => {
    const bytes = reference.encodeDocument({
      ...EVERYTHING,
      embedding: {
        dense: { buffer: doubles(0.1, 0.2), shape: [2], dtype: "<f8" },
        cls_name: "list",
      },
    });
    const document = Document.decode(bytes);
    expect(document.embedding).toEqual(Float32Array.of(0.1, 0.2));
    document.text = "new";
    const changed = reference.decodeDocument(document.encode());
    expect(changed).toEqual({ ...reference.decodeDocument(bytes), text: "new" });
  });

  test.each<[string, (document: Document) => void, Plain]>([
    [
      "a tag",
      (d) => void (d.tags["new"] = 1),
      { tags: { fields: { old: { stringValue: "x" }, new: { numberValue: 1 } } } },
    ],
    [
      "a score",
      (d) => void (d.scores["l2"] = { value: 2 }),
      { scores: { cosine: { value: 1 }, l2: { value: 2 } } },
    ],
    [
      "a match's text",
      (d) => void (d.matches[0]!.text = "hit"),
      { matches: [{ id: "m", text: "hit" }] },
    ],
    [
      "a pushed match",
      (d) => void d.matches.push(new Document({ id: "n" })),
      { matches: [{ id: "m" }, { id: "n" }] },
    ],
    ["a removed chunk", (d) => void d.chunks.pop(), { chunks: undefined }],
    [
      "an embedding in place",
      (d) => void (d.embedding![1] = 9),
      {
        embedding: { dense: { buffer: floats(1, 9), shape: [2], dtype: "<f4" }, cls_name: "numpy" },
      },
    ],
    ["a blob in place", (d) => void (d.blob[0] = 9), { blob: Buffer.from([9, 2]) }],
  ])("a change in place is written: %s", (_, change, want) => {
    const before: Plain = {
      id: "d",
      blob: Buffer.from([1, 2]),
      tags: { fields: { old: { stringValue: "x" } } },
      scores: { cosine: { value: 1 } },
      matches: [{ id: "m" }],
      chunks: [{ id: "c" }],
      embedding: { dense: { buffer: floats(1, 2), shape: [2], dtype: "<f4" }, cls_name: "numpy" },
    };
    const bytes = reference.encodeDocument(before);
    const copy = Uint8Array.from(bytes);
    const document = Document.decode(bytes);
    change(document);
    const after = reference.decodeDocument(document.encode());
    const { chunks: _chunks, ...rest } = { ...reference.decodeDocument(bytes), ...want };
    expect(after).toEqual(
      want["chunks"] === undefined && "chunks" in want
        ? rest
        : { ...reference.decodeDocument(bytes), ...want },
    );
    expect(bytes, "the source must never change: others read the same request").toEqual(
      Buffer.from(copy),
    );
  });

  test("setting one of text, blob and tensor clears the others; the last one in the bytes counts", () => {
    const document = Document.decode(reference.encodeDocument({ id: "a", text: "words" }));
    document.blob = Uint8Array.of(1);
    expect(document.text).toBe("");
    document.tensor = { dtype: "<f4", shape: [1], buffer: floats(1) };
    expect([document.text, document.blob.length]).toEqual(["", 0]);
    expect(Object.keys(reference.decodeDocument(document.encode())).toSorted()).toEqual([
      "id",
      "tensor",
    ]);
    const both = Document.decode(
      Buffer.concat([
        reference.encodeDocument({ text: "first" }),
        reference.encodeDocument({ blob: Buffer.of(7) }),
      ]),
    );
    expect([both.text, [...both.blob]]).toEqual(["", [7]]);
  });

  test.each([
    [
      "<f2",
      Buffer.from(Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7c00).buffer),
      [1, -2.5, 2 ** -24, Infinity],
    ],
    ["<f8", doubles(1.5, -2), [1.5, -2]],
    [">f4", Buffer.from([0x3f, 0x80, 0, 0]), [1]],
    ["|u1", Buffer.of(0, 255), [0, 255]],
    ["<i8", Buffer.from(BigInt64Array.of(-3n, 7n).buffer), [-3, 7]],
    ["<i4", Buffer.from(Int32Array.of(-1).buffer), [-1]],
    ["|b1", Buffer.of(1, 0), [1, 0]],
  ])("an embedding of numpy's %s becomes floats", (dtype, buffer, want) => {
    const bytes = reference.encodeDocument({
      embedding: { dense: { buffer, shape: [want.length], dtype }, cls_name: "numpy" },
    });
    expect([...Document.decode(bytes).embedding!]).toEqual(want);
  });

  test("an array without a buffer is zeros; a buffer that does not match its shape is rejected", () => {
    const zeros = reference.encodeDocument({
      embedding: { dense: { shape: [3], dtype: "<f8" }, cls_name: "numpy" },
    });
    expect(Document.decode(zeros).embedding).toEqual(new Float32Array(3));
    for (const shape of [[2], [4_000_000_000, 4_000_000_000]]) {
      const wrong = reference.encodeDocument({
        embedding: { dense: { buffer: floats(1, 2, 3), shape, dtype: "<f4" }, cls_name: "numpy" },
      });
      expect(() => Document.decode(wrong).embedding).toThrow(JflowError);
    }
    const bomb = reference.encodeDocument({
      embedding: { dense: { shape: [4_000_000_000], dtype: "<f8" }, cls_name: "numpy" },
    });
    expect(() => Document.decode(bomb).embedding).toThrow(JflowError);
  });

  test.each([
    [
      "scipy",
      { buffer: Buffer.from(Int32Array.of(0, 3, 0, 50, 0, 3).buffer), shape: [3, 2], dtype: "<i4" },
      [1, 1000],
    ],
    [
      "torch",
      {
        buffer: Buffer.from(BigInt64Array.of(0n, 0n, 0n, 3n, 50n, 3n).buffer),
        shape: [2, 3],
        dtype: "<i8",
      },
      [1, 1000],
    ],
    [
      "scipy",
      { buffer: Buffer.from(Int32Array.of(3, 0, 50, 0, 3, 0).buffer), shape: [3, 2], dtype: "<i4" },
      [1000, 1],
    ],
  ])(
    "a sparse matrix of one row or column (%s) becomes a vector, and values of one index are summed",
    (cls_name, indices, shape) => {
      const values = { buffer: doubles(1, 2, 0.5), shape: [3], dtype: "<f8" };
      const document = Document.decode(
        reference.encodeDocument({ embedding: { sparse: { indices, values, shape }, cls_name } }),
      );
      expect(document.sparseEmbedding).toEqual({
        dimensions: 1000,
        indices: Uint32Array.of(3, 50),
        values: Float32Array.of(1.5, 2),
      });
      expect(document.embedding).toBe(undefined);
    },
  );

  test("a sparse vector is read back the same, and has scipy's coordinates", () => {
    const vector = {
      dimensions: 2 ** 31,
      indices: Uint32Array.of(0, 7, 2 ** 31 - 1),
      values: Float32Array.of(1, 2, 3),
    };
    const bytes = new Document({ id: "s", sparseEmbedding: vector }).encode();
    expect(Document.decode(bytes).sparseEmbedding).toEqual(vector);
    expect(reference.decodeDocument(bytes)["embedding"]).toMatchObject({
      sparse: {
        shape: [1, 2 ** 31],
        indices: { shape: [3, 2], dtype: "<i8" },
        values: { shape: [3], dtype: "<f4" },
      },
      cls_name: "scipy",
      parameters: { fields: { sparse_format: { stringValue: "csr" } } },
    });
  });
});

describe("a new document", () => {
  test("has undefined arrays and empty values, and encodes to no bytes", () => {
    const document = new Document();
    expect([
      document.id,
      document.text,
      document.blob,
      document.tags,
      document.scores,
      document.matches,
      document.chunks,
    ]).toEqual(["", "", new Uint8Array(0), {}, {}, [], []]);
    expect(document.encode().length).toBe(0);
  });

  test("accepts plain objects, also nested, and rejects an unknown key", () => {
    const document = new Document({
      id: "a",
      matches: [{ id: "m", scores: { cosine: { value: 0 } }, chunks: [{ text: "deep" }] }],
    });
    document.chunks = [{ id: "c" }, new Document({ id: "d" })];
    expect(reference.decodeDocument(document.encode())).toEqual({
      id: "a",
      chunks: [{ id: "c" }, { id: "d" }],
      matches: [{ id: "m", scores: { cosine: {} }, chunks: [{ text: "deep" }] }],
    });
    expect(() => new Document({ txt: "x" } as never)).toThrow('"txt" is not a field of a document');
  });

  test("a tag that JSON cannot hold is rejected with its name", () => {
    expect(() => new Document({ tags: { f: () => 1 } }).encode()).toThrow('"f" is a function');
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    expect(() => new Document({ tags: loop }).encode()).toThrow("levels deep");
  });

  test("a tag named __proto__ is a tag", () => {
    const tags = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>;
    const back = Document.decode(new Document({ tags }).encode()).tags;
    expect(Object.keys(back)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
  });
});

describe("malformed documents", () => {
  const touch = (bytes: Uint8Array): void => {
    const document = Document.decode(bytes);
    for (const key of [
      "id",
      "text",
      "tags",
      "scores",
      "embedding",
      "sparseEmbedding",
      "tensor",
      "location",
      "evaluations",
    ] as const)
      void document[key];
    for (const nested of [...document.matches, ...document.chunks]) void nested.scores;
    document.text = "changed";
    document.encode();
  };

  test("throw INVALID_ARGUMENT or are read where they are truncated or a bit is flipped", () => {
    expect(unexpectedFailures(reference.encodeDocument(EVERYTHING), touch)).toEqual([]);
  });

  test("tags nested too deep are rejected before the stack overflows", () => {
    let struct: Uint8Array = new Uint8Array(0);
    const wrap = (tag: number, bytes: Uint8Array): Uint8Array => {
      const head = [tag];
      let rest = bytes.length;
      for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
      return Buffer.concat([Uint8Array.from([...head, rest]), bytes]);
    };
    for (let level = 0; level < 2000; level += 1)
      struct = wrap(10, Buffer.concat([Buffer.of(10, 1, 97), wrap(18, wrap(42, struct))]));
    const bytes = Buffer.concat([Buffer.of(0x8a, 1), wrap(0, struct).subarray(1)]);
    expect(() => Document.decode(bytes).tags).toThrow("levels");
  });
});
