import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { formatIdfTable, IdfTable } from "../../src/executors/text/idf-table.ts";
import { HNSWIndexer } from "../../src/executors/hnsw-indexer.ts";
import { hashTerm } from "../../src/executors/text/term-hash.ts";
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
  expect(warnings).toEqual(["searches cannot rank texts without words: d0, d3"]);
});

describe("the sparse encoder with an index of metric bm25", () => {
  const options = { shard: 0, shards: 1, replica: 0, log: silent };
  const context = { endpoint: "/", requestId: "r", signal: new AbortController().signal };
  const folders: string[] = [];
  const encoder = new TfidfEncoder({ sparse: true }, { ...options, workspace: "/nowhere" });

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });

  const makeFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), "jflow-bm25-"));
    folders.push(folder);
    return folder;
  };
  const open = async (): Promise<HNSWIndexer> => {
    const indexer = new HNSWIndexer({ metric: "bm25" }, { ...options, workspace: makeFolder() });
    await indexer.load();
    return indexer;
  };
  const put = async (indexer: HNSWIndexer, texts: Readonly<Record<string, string>>) => {
    const docs = Object.entries(texts).map(([id, text]) => new Document({ id, text }));
    encoder.encode(docs);
    await indexer.index(docs, { ...context, parameters: {} });
  };
  const find = async (indexer: HNSWIndexer, text: string, parameters = {}) => {
    const query = new Document({ id: "q", text });
    encoder.encode([query]);
    await indexer.search([query], { ...context, parameters });
    return query.matches.map(({ id, scores }) => [id, scores["bm25"]!.value] as const);
  };
  const filler = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [`f${i}`, `page${i} about word${i} and topic${i % 7}`]),
  );

  test("only documents with a word of the query are found, and nonsense finds nothing", async () => {
    const indexer = await open();
    await put(indexer, { ...filler, long: `ssh ${"and other words about it ".repeat(40)}` });
    const found = await find(indexer, "ssh qwxyz", { limit: 2 });
    expect(found.map(([id]) => id)).toEqual(["long"]);
    expect(found[0]![1]).toBeLessThan(1);
    expect(await find(indexer, "qwxyz")).toEqual([]);
  });

  test("max_distance leaves out documents with the less important words", async () => {
    const indexer = await open();
    await put(indexer, { ...filler, a: "ssh about it" });
    const found = await find(indexer, "ssh about", { limit: 2 });
    expect(found.map(([id]) => id)).toEqual(["a", "f0"]);
    const threshold = { limit: 2, max_distance: (found[0]![1] + found[1]![1]) / 2 };
    expect(await find(indexer, "ssh about", threshold)).toHaveLength(1);
  });

  test("without a sparse embedding, the words of the text are counted in the same way", async () => {
    const texts = { a: "fox fox dog", b: "Dogs", c: "an owl" };
    const [indexer, plain] = [await open(), await open()];
    await put(indexer, texts);
    const docs = Object.entries(texts).map(([id, text]) => new Document({ id, text }));
    docs[0]!.embedding = new Float32Array(512).fill(0.1);
    await plain.index(docs, { ...context, parameters: {} });
    const query = new Document({ id: "q", text: "a dog" });
    await plain.search([query], { ...context, parameters: {} });
    const found = query.matches.map(({ id, scores }) => [id, scores["bm25"]!.value]);
    expect(found).toEqual(await find(indexer, "a dog"));
    expect(found.map(([id]) => id)).toEqual(["b", "a"]);
  });

  test("an update of the text changes the ranking, and an update of a tag does not", async () => {
    const indexer = await open();
    const write = async (method: "index" | "update", init: object): Promise<unknown> =>
      indexer[method]([new Document({ id: "a", ...init })], { ...context, parameters: {} });
    await write("index", { text: "fox" });
    await write("update", { tags: { price: 1 } });
    expect(await find(indexer, "fox")).toHaveLength(1);
    await write("update", { text: "dog" });
    expect(await find(indexer, "fox")).toEqual([]);
    expect(await find(indexer, "dog")).toHaveLength(1);
  });

  test("a page is whole although fewer documents have a word than it has room for", async () => {
    const indexer = await open();
    await put(indexer, { ...filler, a: "ssh here", b: "ssh there" });
    const found = await find(indexer, "ssh", { limit: 5, filter: { text: { $regex: "ssh" } } });
    expect(found.map(([id]) => id)).toEqual(["a", "b"]);
  });

  test("a rare word weighs more than a frequent word", async () => {
    const indexer = await open();
    await put(indexer, { a: "red fox", b: "red dog", c: "red cat", d: "green owl" });
    const distances = new Map(await find(indexer, "red owl"));
    expect(distances.get("d")).toBeLessThan(distances.get("a")!);
  });

  test("the distance is that of Lucene's formula over the living documents", async () => {
    const indexer = await open();
    await put(indexer, { a: "fox fox dog", b: "dog", gone: "fox" });
    await indexer.delete([], { ...context, parameters: { ids: ["gone"] } });
    const [first] = await find(indexer, "fox");
    const norm = 0.9 * (0.6 + (0.4 * 3) / 2);
    expect(first![0]).toBe("a");
    expect(first![1]).toBeCloseTo(1 - 2 / (2 + norm), 6);
  });

  test("a snapshot keeps the frequencies", async () => {
    const indexer = await open();
    await put(indexer, { a: "fox fox dog", b: "dog", gone: "fox" });
    await indexer.delete([], { ...context, parameters: { ids: ["gone"] } });
    const folder = makeFolder();
    await indexer.snapshot(folder);
    const restored = await open();
    await restored.restore(folder);
    expect(await find(restored, "fox dog")).toEqual(await find(indexer, "fox dog"));
  });

  test("the frequencies are those of the living documents after many were replaced", async () => {
    const [indexer, fresh] = [await open(), await open()];
    const texts = { a: "fox fox dog", b: "dog cat cat cat", c: "owl" };
    const rest = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`d${i}`, `fox ${i}`]));
    await put(indexer, { ...rest, ...texts });
    await indexer.delete([], { ...context, parameters: { ids: Object.keys(rest) } });
    await put(indexer, texts);
    await put(fresh, texts);
    expect(await find(indexer, "fox dog cat")).toEqual(await find(fresh, "fox dog cat"));
  });

  test("a dense embedding without text is refused with the way out", async () => {
    const indexer = await open();
    const docs = [new Document({ id: "a", embedding: [1, 2] })];
    const request = indexer.index(docs, { ...context, parameters: {} });
    await expect(request).rejects.toThrow(
      'the text of document "a" is empty, and metric bm25 ranks texts: set metric: cosine',
    );
  });

  test("a negative value is refused as an embedding that does not count terms", async () => {
    const indexer = await open();
    const values = new Float32Array([-1]);
    const vector = { dimensions: 9, indices: new Uint32Array([3]), values };
    const docs = [new Document({ id: "a", sparseEmbedding: vector })];
    const request = indexer.index(docs, { ...context, parameters: {} });
    await expect(request).rejects.toThrow("holds -1: metric bm25 takes counts of terms");
  });

  test("idf and sparse exclude each other", () => {
    const config = { sparse: true, idf: "idf.json" };
    expect(() => embed("a", config)).toThrow("idf and sparse exclude each other");
  });
});
