import { describe, expect, test } from "vitest";
import { readBytes } from "../read-bytes.ts";

const read = async (...values: readonly unknown[]): Promise<unknown[]> =>
  readBytes("dump.json", values.map((value) => JSON.stringify(value)).join("\n"));

describe("the exports of other programs are documents", () => {
  test.each<[string, unknown]>([
    [
      "Qdrant, one point",
      { result: { id: 1, payload: { text: "lamp", n: 1 }, vector: { img: [1, 0] } }, status: "ok" },
    ],
    [
      "Chroma, a query",
      { ids: [["1"]], documents: [["lamp"]], metadatas: [[{ n: 1 }]], embeddings: [[[1, 0]]] },
    ],
    [
      "Weaviate, REST",
      {
        objects: [
          { class: "A", id: "1", properties: { text: "lamp", n: 1 }, vectors: { a: [1, 0] } },
        ],
      },
    ],
    [
      "Weaviate, GraphQL",
      { data: { Get: { A: [{ text: "lamp", n: 1, _additional: { id: "1", vector: [1, 0] } }] } } },
    ],
    [
      "Weaviate, Python",
      { uuid: "1", properties: { text: "lamp", n: 1 }, vector: { default: [1, 0] } },
    ],
    ["Pinecone", { vectors: { 1: { id: "1", values: [1, 0], metadata: { text: "lamp", n: 1 } } } }],
    [
      "Elasticsearch, fields",
      {
        hits: {
          hits: [{ _index: "i", _id: "1", fields: { text: ["lamp"], n: [1], embedding: [1, 0] } }],
        },
      },
    ],
    [
      "pandas, columns",
      { id: { 0: 1 }, text: { 0: "lamp" }, n: { 0: 1 }, embedding: { 0: [1, 0] } },
    ],
    [
      "pandas, split",
      { columns: ["id", "text", "n", "embedding"], index: [0], data: [[1, "lamp", 1, [1, 0]]] },
    ],
    ["MongoDB", { _id: { $oid: "1" }, text: "lamp", n: 1, embedding: [1, 0] }],
    [
      "Jina, a request body",
      { data: [{ id: 1, text: "lamp", n: 1, embedding: [1, 0] }], execEndpoint: "/index" },
    ],
    ["a list under documents", { documents: [{ id: 1, text: "lamp", n: 1, embedding: [1, 0] }] }],
  ])("%s", async (_, value) => {
    expect(await read(value)).toEqual([
      { line: 1, id: "1", text: "lamp", tags: { n: 1 }, embedding: [1, 0] },
    ]);
  });

  test("the last page of an export has no documents", async () => {
    const pages = [
      { result: { points: [], next_page_offset: null }, status: "ok" },
      { result: [], status: "ok" },
      { took: 1, hits: { total: { value: 0 }, hits: [] } },
      { ids: [], documents: [], metadatas: [] },
      { data: [] },
    ];
    expect(await read(...pages)).toEqual([]);
    expect(await read({ id: "a", data: [] })).toEqual([{ line: 1, id: "a", tags: { data: [] } }]);
  });

  test("a property that the record's own id or text hides, or that fits no field, is a tag", async () => {
    const point = {
      id: 1,
      payload: { id: 5, tags: ["x"], location: { lat: 1 }, weight: "1 kg" },
      vector: [1, 0],
    };
    const [document] = await read({ result: { points: [point] } });
    expect(document).toEqual({
      line: 1,
      id: "1",
      embedding: [1, 0],
      tags: { id: 5, tags: ["x"], location: { lat: 1 }, weight: "1 kg" },
    });
    const columns = { ids: ["a"], documents: ["own"], metadatas: [{ text: "meta" }] };
    expect(await read(columns)).toEqual([
      { line: 1, id: "a", text: "own", tags: { text: "meta" } },
    ]);
  });

  test("a document that has more keys than a record of another program is left as it is", async () => {
    const document = { id: "a", text: "lamp" };
    const tags = { payload: { n: 1 }, values: [1, 2], properties: { n: 1 }, vector: [1] };
    expect(await read({ ...document, ...tags })).toEqual([{ line: 1, ...document, tags }]);
  });

  test("a refused record is kept alone, with the digits of its id", async () => {
    const points =
      '{"result":{"points":[{"id":12345678901234567890,"payload":{},"vector":["x"]},{"id":2,"payload":{}}]}}';
    expect(await readBytes("dump.json", points)).toMatchObject([
      { text: '{"id":12345678901234567890,"embedding":["x"]}' },
      { id: "2" },
    ]);
  });
});

describe("Elasticsearch's bulk format", () => {
  const BULK = [
    '{"index":{"_id":"a","if_seq_no":3}}',
    '{"text":"x"}',
    '{"index":{"_id":"b"}',
    '{"text":"y"}',
    '{"index":{"_id":"c"}}',
    '{"text":"z"',
    '{"update":{"_id":"d"}}',
    '{"script":{"source":"x"}}',
    '{"update":{"_id":"e"}}',
    '{"doc":{"text":"e"}}',
    '{"text":"alone"}',
    '{"delete":{"_id":"g"}}',
    '{"index":{"_id":"f"}}',
  ];

  test("keeps a document with its action where one of the two is wrong", async () => {
    expect(await readBytes("bulk.ndjson", BULK.join("\n"))).toEqual([
      { line: 2, id: "a", text: "x" },
      {
        line: 4,
        bad: expect.stringMatching(/^not valid JSON/) as string,
        text: '{"index":{"_id":"b"}\n{"text":"y"}',
      },
      {
        line: 6,
        bad: expect.stringMatching(/^not valid JSON/) as string,
        text: '{"index":{"_id":"c"}}\n{"text":"z"',
      },
      {
        line: 8,
        bad: 'this line updates a document without a "doc"',
        text: '{"update":{"_id":"d"}}\n{"script":{"source":"x"}}',
      },
      { line: 10, id: "e", text: "e" },
      {
        line: 11,
        bad: 'no action such as {"index":{"_id":"a"}} stands before this document',
        text: '{"text":"alone"}',
      },
      {
        line: 12,
        bad: "this line deletes a document: post its id to /delete",
        text: '{"delete":{"_id":"g"}}',
      },
      { line: 13, bad: "the document of this action is missing", text: '{"index":{"_id":"f"}}' },
    ]);
  });

  test("goes in under its ids after a correction in the file of --errors", async () => {
    const row = { source: "bulk.ndjson", line: 4, error: "e" };
    expect(
      await read(
        { ...row, text: '{"index":{"_id":"b"}}\n{"text":"y"}' },
        { ...row, text: '{"index":{"_id":"b"}\n{"text":"y"}' },
      ),
    ).toMatchObject([
      { line: 1, id: "b", text: "y" },
      { line: 2, bad: expect.stringMatching(/^the "text" of this row is still not/) as string },
    ]);
  });
});
