import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { HNSWIndexer } from "../../src/executors/hnsw-indexer.ts";
import type { HnswConfig } from "../../src/executors/hnsw-config.ts";
import { Document, type DocumentInit, type RequestContext } from "../../src/index.ts";

const folders: string[] = [];

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "jflow-hnsw-"));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function openIndexer(config: HnswConfig = {}): Promise<HNSWIndexer> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const indexer = new HNSWIndexer(config, { shard: 0, shards: 1, replica: 0, workspace: makeFolder(), log: silent });
  await indexer.load();
  return indexer;
}

const docs = (...inits: DocumentInit[]): Document[] => inits.map((init) => new Document(init));
const context = (parameters: Record<string, unknown> = {}): RequestContext => ({
  endpoint: "/",
  parameters,
  requestId: "r",
  signal: new AbortController().signal,
});

function searchIds(indexer: HNSWIndexer, embedding: number[], parameters: Record<string, unknown> = {}): string[] {
  const [query] = docs({ id: "q", embedding });
  indexer.search([query!], context(parameters));
  return query!.matches.map((match) => match.id);
}

test("matches carry the stored document and hnswlib's distance, best first", async () => {
  const indexer = await openIndexer();
  await indexer.index(
    docs({ id: "a", text: "east", embedding: [1, 0] }, { id: "b", text: "north", embedding: [0, 1], tags: { n: 1 } }),
  );
  const [query] = docs({ id: "q", embedding: [0, 2] });
  indexer.search([query!], context());
  expect(
    query!.matches.map(({ id, text, tags, scores }) => ({ id, text, tags, distance: scores["cosine"]?.value })),
  ).toEqual([
    { id: "b", text: "north", tags: { n: 1 }, distance: 0 },
    { id: "a", text: "east", tags: {}, distance: 1 },
  ]);
});

test("equal distances are ordered by id, limit and offset cut the one list", async () => {
  const indexer = await openIndexer({ metric: "l2" });
  await indexer.index(docs(...["c", "a", "d", "b"].map((id) => ({ id, embedding: [1, 1] }))));
  expect(searchIds(indexer, [1, 1])).toEqual(["a", "b", "c", "d"]);
  expect(searchIds(indexer, [1, 1], { limit: 2, offset: 1 })).toEqual(["b", "c"]);
});

test("an update replaces document and vector, a delete by document or by ids removes both", async () => {
  const indexer = await openIndexer();
  await indexer.index(
    docs({ id: "a", embedding: [1, 0] }, { id: "b", embedding: [0, 1] }, { id: "c", embedding: [0, 1] }),
  );
  await indexer.update(docs({ id: "a", text: "new", embedding: [0, 1] }));
  expect(indexer.get(docs({ id: "a" }), context())[0]?.text).toBe("new");
  indexer.delete(docs({ id: "b" }), context({ ids: ["c", "never"] }));
  expect(searchIds(indexer, [1, 0])).toEqual(["a"]);
  expect(indexer.count()).toBe(1);
});

test.each([
  { name: "none", bad: { id: "bad" }, message: 'document "bad" has no embedding' },
  {
    name: "a wrong size",
    bad: { id: "bad", embedding: [1, 2, 3] },
    message: 'document "bad" has 3 dimensions, the index has 2',
  },
  {
    name: "NaN",
    bad: { id: "bad", embedding: [1, Number.NaN] },
    message: 'document "bad" holds a value that is not a finite number',
  },
  {
    name: "a sparse one",
    bad: {
      id: "bad",
      sparseEmbedding: { dimensions: 2, indices: new Uint32Array([1]), values: new Float32Array([1]) },
    },
    message: 'document "bad" is sparse, the index is dense',
  },
])("a vector of $name refuses the whole request by the document's name", async ({ bad, message }) => {
  const indexer = await openIndexer();
  await indexer.index(docs({ id: "first", embedding: [1, 0] }));
  const before = indexer.digest();
  await expect(indexer.index(docs({ id: "good", embedding: [0, 1] }, bad))).rejects.toThrow(message);
  expect(indexer.digest(), "something of the refused request was applied").toBe(before);
});

test("sparse vectors of 130,107 dimensions are searched by cosine", async () => {
  const indexer = await openIndexer();
  const sparse = (indices: number[], values: number[]): DocumentInit["sparseEmbedding"] => ({
    dimensions: 130_107,
    indices: new Uint32Array(indices),
    values: new Float32Array(values),
  });
  await indexer.index(
    docs({ id: "a", sparseEmbedding: sparse([5, 130_106], [1, 1]) }, { id: "b", sparseEmbedding: sparse([7], [3]) }),
  );
  const [query] = docs({ id: "q", sparseEmbedding: sparse([130_106], [2]) });
  indexer.search([query!], context({ limit: 1 }));
  expect(query!.matches[0]?.id).toBe("a");
  expect(query!.matches[0]?.scores["cosine"]?.value).toBeCloseTo(1 - Math.SQRT1_2, 5);
});

test.each(["cosine", "ip"] as const)("a query of the other kind is the same vector, by %s", async (metric) => {
  const places = { dimensions: 4, indices: new Uint32Array([1, 3]), values: new Float32Array([2, 0.5]) };
  const list = [0, 2, 0, 0.5];
  for (const stored of [{ sparseEmbedding: places }, { embedding: list }] satisfies DocumentInit[]) {
    const indexer = await openIndexer({ metric });
    await indexer.index(docs({ id: "a", ...stored }));
    const [sparse, dense] = docs({ sparseEmbedding: places }, { embedding: list });
    indexer.search([sparse!, dense!], context({}));
    expect(
      dense!.matches.map(({ scores }) => scores),
      JSON.stringify(stored),
    ).toEqual(sparse!.matches.map(({ scores }) => scores));
    expect(dense!.matches).toHaveLength(1);
    const [long] = docs({ sparseEmbedding: { ...places, dimensions: 5 } });
    expect(() => indexer.search([long!], context({}))).toThrow(/the query's embedding (is sparse|has 5 dimensions)/);
  }
});

test("dim may be as large as sparse vectors are, and a dense vector of that length is refused whole", async () => {
  const indexer = await openIndexer({ dim: 130_107 });
  const long = docs({ id: "long", embedding: new Float32Array(130_107).fill(1) });
  await expect(indexer.index(long)).rejects.toThrow(
    'the embedding of document "long" has 130107 dimensions: a dense one has 65536 at most',
  );
  expect(indexer.count(), "the document of a refused vector was kept").toBe(0);
  const vector = { dimensions: 130_107, indices: new Uint32Array([130_106]), values: new Float32Array([1]) };
  await indexer.index(docs({ id: "a", sparseEmbedding: vector }));
  expect(indexer.count()).toBe(1);
});

test("a snapshot restores to the same digest, answers and further writes", async () => {
  const indexer = await openIndexer({ dim: 2 });
  await indexer.index(docs({ id: "a", text: "x", embedding: [1, 0] }, { id: "b", embedding: [0, 1] }));
  const folder = makeFolder();
  await indexer.snapshot(folder);
  const other = await openIndexer({ dim: 2 });
  await other.index(docs({ id: "gone", embedding: [1, 1] }));
  await other.restore(folder);
  expect(other.digest()).toBe(indexer.digest());
  for (const one of [indexer, other]) await one.index(docs({ id: "c", embedding: [1, 0.1] }));
  expect(other.digest()).toBe(indexer.digest());
  expect(searchIds(other, [1, 0])).toEqual(["a", "c", "b"]);
  expect([...other.documents()].map((doc) => doc.id).toSorted()).toEqual(["a", "b", "c"]);
});

test("an empty index is snapshotted, restored and searched", async () => {
  const indexer = await openIndexer();
  const folder = makeFolder();
  await indexer.snapshot(folder);
  await indexer.restore(folder);
  expect(searchIds(indexer, [1, 0])).toEqual([]);
  expect(indexer.status()).toEqual({ count: 0, metric: "cosine", dimensions: null, kind: null });
});

test.each([
  { config: { metric: "hamming" }, message: 'metric is "hamming"' },
  { config: { dim: 0 }, message: "dim is 0" },
  { config: { dims: 3 }, message: 'no uses_with "dims"' },
])("uses_with $config is refused: $message", async ({ config, message }) => {
  await expect(openIndexer(config as HnswConfig)).rejects.toThrow(message);
});

test.each([
  { parameters: { limit: 0 }, message: "limit is 0" },
  { parameters: { limit: "ten" }, message: 'limit is "ten"' },
  { parameters: { limit: 9000, offset: 2000 }, message: "offset + limit is 11000: at most 10000" },
  { parameters: { filter: { price: { $lt: 5 } } }, message: "HNSWIndexer has no parameter filter yet" },
  { parameters: { search_after: [0.5, "a"] }, message: "HNSWIndexer has no parameter search_after yet" },
])("a search with $parameters is refused: $message", async ({ parameters, message }) => {
  const indexer = await openIndexer();
  expect(() => indexer.search(docs({ id: "q", embedding: [1] }), context(parameters))).toThrow(message);
});

test.each([{ filter: null }, { filter: {} }])("a search with %j is one without it", async (parameters) => {
  const indexer = await openIndexer();
  await indexer.index(docs({ id: "a", embedding: [1, 0] }));
  expect(searchIds(indexer, [1, 0], parameters)).toEqual(["a"]);
});

test("a search that names no limit takes the one of uses_with", async () => {
  const indexer = await openIndexer({ limit: 2 });
  await indexer.index(
    docs({ id: "a", embedding: [1, 0] }, { id: "b", embedding: [0, 1] }, { id: "c", embedding: [1, 1] }),
  );
  expect([searchIds(indexer, [1, 0]), searchIds(indexer, [1, 0], { limit: 1 })]).toEqual([["a", "c"], ["a"]]);
});
