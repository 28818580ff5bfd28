import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { HNSWIndexer } from "../../src/executors/hnsw-indexer.ts";
import type { HnswConfig } from "../../src/executors/indexer/hnsw-config.ts";
import { Document, RequestRefusal, type RequestContext } from "../../src/index.ts";
import type { DocumentInit } from "../../src/document/document-init.ts";

const folders: string[] = [];

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "jflow-hnsw-"));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function openIndexer(
  config: HnswConfig = {},
  workspace: string = makeFolder(),
): Promise<HNSWIndexer> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const indexer = new HNSWIndexer(config, {
    shard: 0,
    shards: 1,
    replica: 0,
    workspace,
    log: silent,
  });
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

/** Fails on the result of a filter that found nothing. */
const idsOf = (found: readonly Document[] | object): string[] => {
  expect(Array.isArray(found)).toBe(true);
  return (found as readonly Document[]).map(({ id }) => id);
};

async function searchIds(
  indexer: HNSWIndexer,
  embedding: number[],
  parameters: Record<string, unknown> = {},
): Promise<string[]> {
  const [query] = docs({ id: "q", embedding });
  await indexer.search([query!], context(parameters));
  return query!.matches.map((match) => match.id);
}

test("matches carry the stored document and hnswlib's distance, best first", async () => {
  const indexer = await openIndexer();
  await indexer.index(
    docs(
      { id: "a", text: "east", embedding: [1, 0] },
      { id: "b", text: "north", embedding: [0, 1], tags: { n: 1 } },
    ),
    context(),
  );
  const [query] = docs({ id: "q", embedding: [0, 2] });
  await indexer.search([query!], context());
  expect(
    query!.matches.map(({ id, text, tags, scores }) => ({
      id,
      text,
      tags,
      distance: scores["cosine"]?.value,
    })),
  ).toEqual([
    { id: "b", text: "north", tags: { n: 1 }, distance: 0 },
    { id: "a", text: "east", tags: {}, distance: 1 },
  ]);
});

test("equal distances are ordered by id, limit and offset cut the one list", async () => {
  const indexer = await openIndexer({ metric: "l2" });
  await indexer.index(
    docs(...["c", "a", "d", "b"].map((id) => ({ id, embedding: [1, 1] }))),
    context(),
  );
  expect(await searchIds(indexer, [1, 1])).toEqual(["a", "b", "c", "d"]);
  expect(await searchIds(indexer, [1, 1], { limit: 2, offset: 1 })).toEqual(["b", "c"]);
});

test.each([
  ["l2", 25],
  ["euclidean", 5],
] as const)("metric %s gives its distance under its name", async (metric, distance) => {
  const indexer = await openIndexer({ metric });
  await indexer.index(docs({ id: "a", embedding: [3, 4] }), context());
  const [query] = docs({ id: "q", embedding: [0, 0] });
  await indexer.search([query!], context());
  expect(query!.matches[0]!.scores).toEqual({
    [metric]: { value: distance, opName: "", description: "", refId: "" },
  });
});

test("an update changes document and vector, a delete by document or by ids removes both", async () => {
  const indexer = await openIndexer();
  await indexer.index(
    docs(
      { id: "a", embedding: [1, 0] },
      { id: "b", embedding: [0, 1] },
      { id: "c", embedding: [0, 1] },
    ),
    context(),
  );
  await indexer.update(docs({ id: "a", text: "new", embedding: [0, 1] }), context());
  expect(indexer.get(docs({ id: "a" }), context())[0]?.text).toBe("new");
  await indexer.delete(docs({ id: "b" }), context({ ids: ["c", "never"] }));
  expect(await searchIds(indexer, [1, 0])).toEqual(["a"]);
  expect(indexer.count()).toBe(1);
});

test.each([
  {
    name: "none",
    bad: { id: "bad" },
    message: 'document "bad" has no embedding, and its text is empty',
  },
  {
    name: "none, in a flow without an encoder",
    bad: { id: "bad", text: "x" },
    message: 'document "bad" has no embedding: put an encoder before the indexer',
  },
  {
    name: "two vectors",
    bad: {
      id: "bad",
      embedding: { dtype: "|u1", shape: [2, 2], buffer: Uint8Array.of(1, 2, 3, 4) },
    },
    message: 'the embedding of document "bad" has the shape (2, 2): an index takes one vector',
  },
  {
    name: "a wrong size",
    bad: { id: "bad", embedding: [1, 2, 3] },
    message: 'document "bad" has 3 dimensions, the index has 2',
  },
  {
    name: "NaN",
    bad: { id: "bad", embedding: [1, Number.NaN] },
    message: 'the embedding of document "bad" holds NaN at position 1',
  },
  {
    name: "a sparse one",
    bad: {
      id: "bad",
      sparseEmbedding: {
        dimensions: 2,
        indices: new Uint32Array([1]),
        values: new Float32Array([1]),
      },
    },
    message: 'document "bad" is sparse, the index is dense',
  },
])(
  "a vector of $name refuses the whole request by the document's name",
  async ({ bad, message }) => {
    const indexer = await openIndexer();
    await indexer.index(docs({ id: "first", embedding: [1, 0] }), context());
    const before = indexer.digest();
    await expect(
      indexer.index(docs({ id: "good", embedding: [0, 1] }, bad), context()),
    ).rejects.toThrow(message);
    expect(indexer.digest(), "something of the refused request was applied").toBe(before);
  },
);

test("sparse vectors of 130,107 dimensions are searched by cosine", async () => {
  const indexer = await openIndexer();
  const sparse = (indices: number[], values: number[]): DocumentInit["sparseEmbedding"] => ({
    dimensions: 130_107,
    indices: new Uint32Array(indices),
    values: new Float32Array(values),
  });
  await indexer.index(
    docs(
      { id: "a", sparseEmbedding: sparse([5, 130_106], [1, 1]) },
      { id: "b", sparseEmbedding: sparse([7], [3]) },
    ),
    context(),
  );
  const [query] = docs({ id: "q", sparseEmbedding: sparse([130_106], [2]) });
  await indexer.search([query!], context({ limit: 1 }));
  expect(query!.matches[0]?.id).toBe("a");
  expect(query!.matches[0]?.scores["cosine"]?.value).toBeCloseTo(1 - Math.SQRT1_2, 5);
});

test.each(["cosine", "ip"] as const)(
  "a query of the other kind is the same vector, by %s",
  async (metric) => {
    const places = {
      dimensions: 4,
      indices: new Uint32Array([1, 3]),
      values: new Float32Array([2, 0.5]),
    };
    const list = [0, 2, 0, 0.5];
    for (const stored of [
      { sparseEmbedding: places },
      { embedding: list },
    ] satisfies DocumentInit[]) {
      const indexer = await openIndexer({ metric });
      await indexer.index(docs({ id: "a", ...stored }), context());
      const [sparse, dense] = docs({ sparseEmbedding: places }, { embedding: list });
      await indexer.search([sparse!, dense!], context({}));
      expect(
        dense!.matches.map(({ scores }) => scores),
        JSON.stringify(stored),
      ).toEqual(sparse!.matches.map(({ scores }) => scores));
      expect(dense!.matches).toHaveLength(1);
      const [long] = docs({ sparseEmbedding: { ...places, dimensions: 5 } });
      await expect(indexer.search([long!], context({}))).rejects.toThrow(
        /the embedding of query "q?" (is sparse|has 5 dimensions)/,
      );
    }
  },
);

test("dim may be as large as sparse vectors are, and a dense vector of that length is refused whole", async () => {
  const indexer = await openIndexer({ dim: 130_107 });
  const long = docs({ id: "long", embedding: new Float32Array(130_107).fill(1) });
  await expect(indexer.index(long, context())).rejects.toThrow(
    'the embedding of document "long" has 130107 dimensions: a dense embedding has at most 65536',
  );
  expect(indexer.count(), "the document of a refused vector was kept").toBe(0);
  const vector = {
    dimensions: 130_107,
    indices: new Uint32Array([130_106]),
    values: new Float32Array([1]),
  };
  await indexer.index(docs({ id: "a", sparseEmbedding: vector }), context());
  expect(indexer.count()).toBe(1);
});

test("a snapshot restores to the same digest, answers and further writes", async () => {
  const indexer = await openIndexer({ dim: 2 });
  await indexer.index(
    docs({ id: "a", text: "x", embedding: [1, 0] }, { id: "b", embedding: [0, 1] }),
    context(),
  );
  const folder = makeFolder();
  await indexer.snapshot(folder);
  const other = await openIndexer({ dim: 2 });
  await other.index(docs({ id: "gone", embedding: [1, 1] }), context());
  await other.restore(folder);
  expect(other.digest()).toBe(indexer.digest());
  for (const one of [indexer, other])
    await one.index(docs({ id: "c", embedding: [1, 0.1] }), context());
  expect(other.digest()).toBe(indexer.digest());
  expect(await searchIds(other, [1, 0])).toEqual(["a", "c", "b"]);
  expect([...other.documents()].map((doc) => doc.id).toSorted()).toEqual(["a", "b", "c"]);
});

test("an empty index is snapshotted, restored and searched", async () => {
  const indexer = await openIndexer();
  const folder = makeFolder();
  await indexer.snapshot(folder);
  await indexer.restore(folder);
  expect(await searchIds(indexer, [1, 0])).toEqual([]);
  expect(indexer.status()).toEqual({ count: 0, metric: "cosine", dimensions: null, kind: null });
});

test.each([
  { config: { metric: "hamming" }, message: 'metric is "hamming"' },
  { config: { dim: 0 }, message: "dim is 0" },
  { config: { dims: 3 }, message: 'uses_with has unknown keys "dims"' },
])("uses_with $config is refused: $message", async ({ config, message }) => {
  await expect(openIndexer(config as HnswConfig)).rejects.toThrow(message);
});

test.each([
  { parameters: { limit: 0 }, message: "limit is 0" },
  { parameters: { max_distance: "0.5" }, message: 'max_distance is "0.5": it must be a number' },
  { parameters: { maxdistance: 1 }, message: 'did you mean "max_distance"?' },
  { parameters: { limit: "ten" }, message: 'limit is "ten"' },
  {
    parameters: { limit: 9000, offset: 2000 },
    message: "offset + limit is 11000: it must be at most 10000",
  },
  { parameters: { filter: 5 }, message: "parameter filter must be an object" },
  {
    parameters: { filter: "{'s':1}" },
    message: /parameter filter is not valid JSON: .* position 1/u,
  },
  {
    parameters: { filter: { price: { $below: 5 } } },
    message: 'filter: price.$below: unknown operator "$below": known operators: $eq',
  },
  { parameters: { filter: { $where: "1" } }, message: 'unknown operator "$where"' },
  { parameters: { limt: 2 }, message: 'unknown parameter "limt": did you mean "limit"?' },
  { parameters: { Offset: 2 }, message: 'unknown parameter "Offset": did you mean "offset"?' },
  { parameters: { top: 2 }, message: 'unknown parameter "top": HNSWIndexer takes limit, offset' },
  { parameters: { filtr: { a: 1 } }, message: 'unknown parameter "filtr": did you mean "filter"?' },
  { parameters: { traversal_paths: "@c" }, message: "leave out parameter traversal_paths" },
  { parameters: { fields: "text" }, message: "parameter fields must be a list" },
  { parameters: { with_embeddings: "no" }, message: "it must be true or false" },
  {
    parameters: { search_after: [0.5, "a"] },
    message: "HNSWIndexer does not support parameter search_after yet",
  },
])("a search with $parameters is refused: $message", async ({ parameters, message }) => {
  const indexer = await openIndexer();
  const refused = indexer.search(docs({ id: "q", embedding: [1] }), context(parameters));
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toBeInstanceOf(RequestRefusal);
});

test.each([
  { filter: null },
  { filter: {} },
  { traversal_paths: "@r", routing: "x", __results__: {}, _shards: {} },
  { encoder: { batch: 3 } },
])("a search with %j is one without it", async (parameters) => {
  const indexer = await openIndexer();
  await indexer.index(docs({ id: "a", embedding: [1, 0] }), context());
  expect(await searchIds(indexer, [1, 0], parameters)).toEqual(["a"]);
});

test("an embedding of a query that is not finite is named by query, position and value", async () => {
  const indexer = await openIndexer();
  await indexer.index(docs({ id: "a", embedding: [1, 0] }), context());
  await expect(searchIds(indexer, [0, 1e39])).rejects.toThrow(
    'the embedding of query "q" holds Infinity at position 1',
  );
});

test.each(["ip", "l2", "euclidean"] as const)(
  "by metric %s, a vector is refused when its scores could be infinite",
  async (metric) => {
    const indexer = await openIndexer({ metric });
    await expect(
      indexer.index(docs({ id: "big", embedding: [1e30, 1e30] }), context()),
    ).rejects.toThrow('the embedding of document "big" has the length 1.41e+30');
    await indexer.index(
      docs({ id: "a", embedding: [8e18, 0] }, { id: "b", embedding: [-8e18, 0] }),
      context(),
    );
    const [query] = docs({ id: "q", embedding: [8e18, 0] });
    await indexer.search([query!], context());
    const scores = query!.matches.map((match) => match.scores[metric]!.value);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(scores).toHaveLength(2);
    await expect(searchIds(indexer, [1e30, 0])).rejects.toThrow(
      'the embedding of query "q" has the length 1.00e+30',
    );
  },
);

test("by metric cosine, the length of a vector does not matter", async () => {
  const indexer = await openIndexer();
  await indexer.index(
    docs({ id: "a", embedding: [1e30, 0] }, { id: "b", embedding: [0, 1e-40] }),
    context(),
  );
  expect(await searchIds(indexer, [0, 1e-38])).toEqual(["b", "a"]);
});

test("max_distance leaves out matches with a larger score, also with a filter", async () => {
  const indexer = await openIndexer({ metric: "euclidean" });
  const points = [0, 1, 2, 3].map((x) => ({ id: String(x), embedding: [x, 1], tags: { x } }));
  await indexer.index(docs(...points), context());
  expect(await searchIds(indexer, [0, 1], { max_distance: 2 })).toEqual(["0", "1", "2"]);
  expect(await searchIds(indexer, [0, 1], { max_distance: 2, offset: 2 })).toEqual(["2"]);
  expect(await searchIds(indexer, [0.5, 1], { max_distance: 0.4 })).toEqual([]);
  const filter = { x: { $gt: 0 } };
  expect(await searchIds(indexer, [0, 1], { max_distance: 2, filter })).toEqual(["1", "2"]);
});

test("the score of a match is a threshold that keeps the match", async () => {
  const indexer = await openIndexer();
  await indexer.index(docs({ id: "a", embedding: [1, 3] }), context());
  const [query] = docs({ id: "q", embedding: [3, 1] });
  await indexer.search([query!], context());
  const score = query!.matches[0]!.scores["cosine"]!.value;
  expect(await searchIds(indexer, [3, 1], { max_distance: score })).toEqual(["a"]);
});

test("an exact search finds the same in a small index, and takes no other value", async () => {
  const indexer = await openIndexer();
  const points = [0, 1, 2].map((x) => ({ id: String(x), embedding: [x, 1] }));
  await indexer.index(docs(...points), context());
  for (const exact of [true, false])
    expect(await searchIds(indexer, [3, 1], { exact })).toEqual(["2", "1", "0"]);
  await expect(searchIds(indexer, [3, 1], { exact: "yes" })).rejects.toThrow(
    'exact is "yes": it must be true or false',
  );
});

test("a search that names no limit takes the one of uses_with", async () => {
  const indexer = await openIndexer({ limit: 2 });
  await indexer.index(
    docs(
      { id: "a", embedding: [1, 0] },
      { id: "b", embedding: [0, 1] },
      { id: "c", embedding: [1, 1] },
    ),
    context(),
  );
  expect([
    await searchIds(indexer, [1, 0]),
    await searchIds(indexer, [1, 0], { limit: 1 }),
  ]).toEqual([["a", "c"], ["a"]]);
});

describe("a filter", () => {
  const PRICES = Array.from({ length: 500 }, (_, i) => ({
    id: `d${String(i).padStart(3, "0")}`,
    text: i % 2 === 0 ? "even" : "odd",
    tags: { price: i, deep: { color: i % 5 === 0 ? "red" : "blue" } },
    embedding: [Math.cos(i / 1000), Math.sin(i / 1000)],
  }));

  /** The nearest to the first, by hand. */
  const nearest = (
    accepts: (one: (typeof PRICES)[number]) => boolean,
    from: number,
    to: number,
  ): string[] =>
    PRICES.filter(accepts)
      .map(({ id }) => id)
      .slice(from, to);

  test.each<[string, Record<string, unknown> | string, (one: (typeof PRICES)[number]) => boolean]>([
    ["on a tag by its name", { price: { $gte: 100 } }, ({ tags }) => tags.price >= 100],
    [
      "on a tag in the DocArray language",
      { tags__price: { $lt: 7 } },
      ({ tags }) => tags.price < 7,
    ],
    ["on a field", { text: "odd" }, ({ text }) => text === "odd"],
    ["on a nested tag", { tags__deep__color: "red" }, ({ tags }) => tags.deep.color === "red"],
    [
      "on several",
      { $and: [{ text: "even" }, { price: { $gt: 490 } }] },
      ({ text, tags }) => text === "even" && tags.price > 490,
    ],
    ["as JSON", '{"price": 499}', ({ tags }) => tags.price === 499],
    ["that few pass", { price: 499 }, ({ tags }) => tags.price === 499],
    ["that none passes", { price: -1 }, () => false],
  ])("%s: the nearest of those that pass, from offset on", async (_, filter, accepts) => {
    const indexer = await openIndexer();
    await indexer.index(docs(...PRICES), context());
    expect(await searchIds(indexer, [1, 0], { filter, limit: 5 })).toEqual(nearest(accepts, 0, 5));
    expect(await searchIds(indexer, [1, 0], { filter, limit: 5, offset: 3 })).toEqual(
      nearest(accepts, 3, 8),
    );
  });

  test("gives the documents that pass, in the order in which they came", async () => {
    const indexer = await openIndexer();
    await indexer.index(docs(...PRICES.toReversed()), context());
    const filtered = async (parameters: Record<string, unknown>): Promise<unknown> =>
      idsOf(await indexer.filter([], context(parameters)));
    expect(await filtered({ filter: { price: { $lt: 4 } }, limit: 2, offset: 1 })).toEqual([
      "d002",
      "d001",
    ]);
    expect(await indexer.filter([], context()), "limit is 10 unless given").toHaveLength(10);
    const rest = ["d004", "d003", "d002", "d001", "d000"];
    expect(await filtered({ offset: 495, limit: null })).toEqual(rest);
  });
});

describe("a name of a filter that no document has", () => {
  const open = async (): Promise<HNSWIndexer> => {
    const indexer = await openIndexer();
    const tags = { price: 5, address: { city: "Oslo" } };
    await indexer.index(
      docs({ id: "a", embedding: [1, 0], tags }, { id: "b", embedding: [0, 1], tags: { size: 1 } }),
      context(),
    );
    return indexer;
  };
  const unknown = (...names: string[]): object => ({
    unknown_names: { names, tags: ["price", "address", "address.city", "size"] },
  });

  test.each([
    { filter: { pric: { $lt: 9 } }, names: ["pric"] },
    { filter: { $or: [{ pric: 1 }, { $and: [{ siz: 1 }] }] }, names: ["pric", "siz"] },
    { filter: { price: 5, "address.citi": "Oslo" }, names: ["address.citi"] },
    { filter: '{"pric": 1}', names: ["pric"] },
    { filter: { text: "x", size: 5 }, names: ["text"] },
  ])("is reported where $filter finds nothing", async ({ filter, names }) => {
    const indexer = await open();
    const parameters = context({ filter });
    expect(await indexer.filter([], parameters)).toEqual(unknown(...names));
    const queries = docs({ id: "q", embedding: [1, 0] });
    expect(await indexer.search(queries, parameters)).toEqual(unknown(...names));
    const nothing = { deleted: 0, ...unknown(...names) };
    expect(await indexer.delete([], parameters)).toEqual(nothing);
    expect(await indexer.clear([], parameters)).toEqual(nothing);
  });

  test.each([{ price: 6 }, { size: { $exists: false }, price: 1 }])(
    "is not reported for names that documents have: %j",
    async (filter) => {
      expect(await (await open()).filter([], context({ filter }))).toEqual([]);
    },
  );
});

test("fill_embedding gives what is stored, and leaves what is not", async () => {
  const indexer = await openIndexer();
  await indexer.index(docs({ id: "a", embedding: [1, 0] }), context());
  const asked = docs({ id: "a" }, { id: "never", text: "t" });
  indexer.fillEmbedding(asked, context());
  expect(asked.map(({ embedding }) => embedding)).toEqual([Float32Array.of(1, 0), undefined]);
});

test("clear removes everything, and the index can be filled anew", async () => {
  const indexer = await openIndexer();
  await indexer.index(
    docs({ id: "a", embedding: [1, 0] }, { id: "b", embedding: [0, 1] }),
    context(),
  );
  await indexer.clear([], context());
  expect([indexer.count(), await searchIds(indexer, [1, 0])]).toEqual([0, []]);
  await indexer.index(docs({ id: "b", embedding: [1, 0] }), context());
  expect(await searchIds(indexer, [1, 0])).toEqual(["b"]);
});

test("another dim than that of the data is refused with both numbers, with and without a snapshot", async () => {
  const [workspace, snapshot] = [makeFolder(), makeFolder()];
  const message =
    "uses_with.dim is 3, but the stored vectors have 2 dimensions: write dim: 2, or move the data away";
  const indexer = await openIndexer({ dim: 2 }, workspace);
  await indexer.index(docs({ id: "a", embedding: [1, 0] }), context());
  await indexer.snapshot(snapshot);
  const refusal = {
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining(message) as string,
  };
  await expect(openIndexer({ dim: 3 }, workspace)).rejects.toMatchObject(refusal);
  const other = await openIndexer({ dim: 3 });
  await expect(other.restore(snapshot)).rejects.toMatchObject(refusal);
  for (const config of [{ dim: 2 }, {}]) {
    const again = await openIndexer(config, workspace);
    await again.restore(snapshot);
    expect(again.count()).toBe(1);
  }
});

test("a copy that is restored from another kind of vectors keeps the kind of the snapshot", async () => {
  const [workspace, snapshot] = [makeFolder(), makeFolder()];
  const primary = await openIndexer();
  await primary.index(docs({ id: "a", embedding: [1, 0] }), context());
  await primary.snapshot(snapshot);
  const copy = await openIndexer({}, workspace);
  await copy.index(docs({ id: "b", embedding: [1, 0, 0] }), context());
  await copy.restore(snapshot);
  await expect(openIndexer({ dim: 3 }, workspace)).rejects.toThrow("dim: 2");
  await expect(openIndexer({ dim: 2 }, workspace)).resolves.toBeDefined();
});

test.each([
  { metric: "l2", dense: false, reason: "sparse embeddings cannot be searched by metric l2" },
  { metric: "bm25", dense: true, reason: "metric bm25 ranks texts" },
] as const)(
  "metric $metric is refused where the replay of a log would refuse every vector",
  async ({ metric, dense, reason }) => {
    const workspace = makeFolder();
    const indexer = await openIndexer({}, workspace);
    const sparse = { indices: Uint32Array.of(0), values: Float32Array.of(1), dimensions: 2 };
    const vector = dense ? { embedding: [1, 0] } : { sparseEmbedding: sparse };
    await indexer.index(docs({ id: "a", ...vector }), context());
    await expect(openIndexer({ metric }, workspace)).rejects.toThrow(reason);
  },
);
