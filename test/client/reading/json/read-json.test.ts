import { describe, expect, test } from "vitest";
import { readFieldMap } from "../../../../src/client/reading/items/field-map.ts";
import { readBytes } from "../read-bytes.ts";

const A_AND_B = [
  expect.objectContaining({ id: "a" }) as unknown,
  expect.objectContaining({ id: "b" }) as unknown,
];

describe("JSON Lines", () => {
  test.each([
    ["end with \\r", '{"id":"a"}\r{"id":"b"}\r'],
    ["start with a byte order mark", '{"id":"a"}\n\uFEFF{"id":"b"}\n'],
    ["end with commas", '{"id":"a"},\n{"id":"b"},\n'],
    ["hold several objects", '{"id":"a"}{"id":"b"}\n'],
    ["hold several objects, with commas", '{"id":"a"}, {"id":"b"}\n'],
    ["hold arrays", '[{"id":"a"}]\n[{"id":"b"}]\n'],
  ])("may %s", async (_, text) => {
    expect(await readBytes("a.jsonl", text)).toEqual(A_AND_B);
  });

  test("with a value that no tag can hold say so", async () => {
    const deep = `{"id":"a","x":${"[".repeat(5000)}${"]".repeat(5000)}}\n{"id":"b"}`;
    expect(await readBytes("a.jsonl", deep)).toMatchObject([
      { line: 1, bad: "a value is nested more than 100 levels deep" },
      { line: 2, id: "b" },
    ]);
  });

  test("without a document field are read with a notice", async () => {
    expect(await readBytes("a.json", '{"results":[{"name":"x"}],"next":null}')).toEqual([
      { notice: expect.stringMatching(/^no key is a document field/) as string },
      { line: 1, tags: { results: [{ name: "x" }], next: null } },
    ]);
  });

  test("name a number that a double cannot hold", async () => {
    expect((await readBytes("a.jsonl", '{"id":"a","n":1e400}'))[0]).toEqual({
      notice: expect.stringContaining('the tag "n" holds numbers') as string,
    });
  });
});

describe("documents of docarray", () => {
  test("with NaN, as Python writes it", async () => {
    // Written by DocumentArray.to_json of docarray 0.21.
    const text =
      '[{"id": "n", "text": "NaN, \\"NaN\\"", "weight": NaN, "tags": {"x": NaN, "y": -Infinity}, "embedding": [NaN, 1.0]}]';
    expect(await readBytes("a.json", text)).toEqual([
      {
        line: 1,
        id: "n",
        text: 'NaN, "NaN"',
        weight: "NaN",
        tags: { x: "NaN", y: "-Infinity" },
        embedding: ["NaN", 1],
      },
    ]);
  });

  test('with arrays of to_json(protocol="protobuf")', async () => {
    const text = `[{"id": "a", "chunks": [{"id": "a1", "parentId": "a", "embedding": {"dense": {"buffer": "AQAAAAAAAAABAAAAAAAAAA==", "shape": [2], "dtype": "<i8"}, "clsName": "numpy"}}],
"tensor": {"dense": {"buffer": "AAAAAAAAAAABAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAA=", "shape": [2, 2], "dtype": "<i8"}, "clsName": "numpy"},
"embedding": {"dense": {"buffer": "AACAPwAAAAA=", "shape": [2], "dtype": "<f4"}, "clsName": "numpy"}},
{"id": "s", "embedding": {"sparse": {"indices": {"buffer": "AAAAAAEAAAAAAAAAAwAAAA==", "shape": [2, 2], "dtype": "<i4"}, "values": {"buffer": "AAAAAAAA+D8AAAAAAAAAQA==", "shape": [2], "dtype": "<f8"}, "shape": [1, 4]}, "clsName": "scipy", "parameters": {"sparse_format": "csr"}}},
{"id": "bad", "embedding": {"dense": {"buffer": "AACAPw==", "shape": [2], "dtype": "<f4"}}}]`;
    expect(await readBytes("a.json", text)).toMatchObject([
      {
        id: "a",
        chunks: [{ id: "a1", parent_id: "a", embedding: [1, 1] }],
        tensor: [
          [0, 1],
          [2, 3],
        ],
        embedding: [1, 0],
      },
      { id: "s", sparse_embedding: { dimensions: 4, indices: [1, 3], values: [1.5, 2] } },
      { bad: expect.stringContaining("needs 8 bytes, but the buffer has 4") as string },
    ]);
  });

  test("of docarray v2 keep their fields as tags", async () => {
    // Written by DocList.to_json of docarray 0.40.
    const text =
      '[{"id":"n","title":"t","sub":{"id":"s","text":"x","url":null},"embedding":[1.0,0.0],"items":[{"id":"i1","text":"y"}]}]';
    expect(await readBytes("a.json", text)).toEqual([
      {
        line: 1,
        id: "n",
        embedding: [1, 0],
        tags: {
          title: "t",
          sub: { id: "s", text: "x", url: null },
          items: [{ id: "i1", text: "y" }],
        },
      },
    ]);
  });
});

describe("--id and --map", () => {
  test("refuse a document without the key of the id, and take one with an id", async () => {
    const map = readFieldMap([], "sku");
    const text = '{"sku":"a"}\n{"text":"x"}\n{"sku":null}\n{"sku":""}\n{"id":"b"}\n';
    const bad = '"sku", which names the id, is missing or empty';
    expect(await readBytes("a.jsonl", text, { map })).toMatchObject([
      { line: 1, id: "a" },
      { line: 2, bad },
      { line: 3, bad },
      { line: 4, bad },
      { line: 5, id: "b" },
    ]);
    expect(await readBytes("a.csv", "sku,text\na,x\n,y\n", { map })).toMatchObject([
      { line: 2, id: "a" },
      { line: 3, bad },
    ]);
  });

  test("name a key that no record has", async () => {
    const map = readFieldMap(["titel=text,n=tags.m"]);
    const unused = { notice: '--map names "titel", which no record has' };
    expect(await readBytes("a.jsonl", '{"id":"a"}\n{"id":"b","n":1}', { map })).toEqual([
      { line: 1, id: "a" },
      { line: 2, id: "b", tags: { m: 1 } },
      unused,
    ]);
    expect(await readBytes("a.csv", "id,n\na,1\n", { map })).toEqual([
      unused,
      { line: 2, id: "a", tags: { m: 1 } },
    ]);
  });
});
