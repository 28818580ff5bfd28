import { join } from "node:path";
import { expect, test } from "vitest";
import { formatIdfTable, IdfTable } from "../../src/executors/idf-table.ts";
import { hashTerm } from "../../src/executors/term-hash.ts";
import { TfidfEncoder, type TfidfConfig } from "../../src/executors/tfidf-encoder.ts";
import { Document } from "../../src/index.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

function embed(text: string, config: TfidfConfig = {}): Float32Array | undefined {
  const encoder = new TfidfEncoder(config, {
    shard: 0,
    shards: 1,
    replica: 0,
    workspace: "/nowhere",
    log: silent,
  });
  const doc = new Document({ id: "d", text });
  encoder.encode([doc]);
  return doc.embedding;
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

test("a text becomes 512 numbers of length 1, the same in every instance", () => {
  const vector = embed("a small round fruit")!;
  expect(vector).toHaveLength(512);
  expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  expect(embed("a small round fruit")).toEqual(vector);
});

test("case, punctuation and endings of words do not matter", () => {
  expect(dot(embed("Running, DOGS!")!, embed("run dog")!)).toBeCloseTo(1, 5);
});

test("texts that share words are nearer than texts that do not", () => {
  const query = embed("fruit that grows on trees")!;
  expect(dot(query, embed("the fruit of an apple tree")!)).toBeGreaterThan(
    dot(query, embed("a machine for printing books")!) + 0.2,
  );
});

test("a document without text is left alone, a text without words is the zero vector", () => {
  expect(embed("")).toBe(undefined);
  expect(embed("?!")).toEqual(new Float32Array(512));
});

test("with a table, rare words weigh more", () => {
  const config = { idf: join(import.meta.dirname, "../../flows/wordnet/idf.json") };
  const share = (vector: Float32Array, word: string): number => dot(vector, embed(word, config)!);
  const vector = embed("the zebra", config)!;
  expect(share(vector, "zebra")).toBeGreaterThan(3 * share(vector, "the"));
});

test("the table's idf is scikit-learn's smoothed one, and survives being written and read", () => {
  const frequencies = Array.from({ length: 64 }, (_, bucket) => bucket);
  const table = IdfTable.parse(formatIdfTable(99, frequencies), "t");
  expect(table.idf(9)).toBeCloseTo(Math.log(100 / 10) + 1, 10);
  expect(table.idf(64 + 9)).toBe(table.idf(9));
});

test.each(["", "{}", "[]", '{"format":"x","documents":1,"frequencies":"AAAA"}'])(
  "%j is no table",
  (text) => {
    expect(() => IdfTable.parse(text, "idf.json")).toThrow("idf.json");
  },
);

test("term hashes are unsigned 32-bit and spread near terms and seeds", () => {
  const hashes = ["dog", "dogs", "cat", ""].flatMap((term) =>
    [0, 1, 2, 3, 4].map((seed) => hashTerm(term, seed)),
  );
  expect(new Set(hashes.map((hash) => hash % 512)).size).toBeGreaterThan(17);
  expect(Math.min(...hashes)).toBeGreaterThanOrEqual(0);
});

test("a text without words is reported with its document", () => {
  const warnings: string[] = [];
  const encoder = new TfidfEncoder(
    {},
    {
      shard: 0,
      shards: 1,
      replica: 0,
      workspace: "/nowhere",
      log: { ...silent, warn: (message) => warnings.push(message) },
    },
  );
  encoder.encode(["...", "a lamp", "", "--"].map((text, i) => new Document({ id: `d${i}`, text })));
  expect(warnings).toEqual(["texts without words are at distance 1 from every document: d0, d3"]);
});
