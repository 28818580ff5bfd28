import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { HNSWIndexer } from "../../../src/executors/hnsw-indexer.ts";
import { Document, type RequestContext } from "../../../src/index.ts";
import type { DocumentInit } from "../../../src/document/document-init.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function openIndexer(shards = 1): Promise<HNSWIndexer> {
  const workspace = mkdtempSync(join(tmpdir(), "jflow-writes-"));
  folders.push(workspace);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const indexer = new HNSWIndexer({ dim: 2 }, { shard: 0, shards, replica: 0, workspace, log });
  await indexer.load();
  return indexer;
}

const docs = (...inits: DocumentInit[]): Document[] => inits.map((init) => new Document(init));
const context = (parameters: Record<string, unknown> = {}): RequestContext => ({
  endpoint: "/x",
  parameters,
  requestId: "r",
  signal: new AbortController().signal,
});

/** An index of a (2018), b (2019) and c (2019). */
async function openYears(): Promise<HNSWIndexer> {
  const indexer = await openIndexer();
  const years = { a: 2018, b: 2019, c: 2019 };
  const inits = Object.entries(years).map(([id, year]) => ({
    id,
    embedding: [1, 0],
    tags: { year },
  }));
  await indexer.index(docs(...inits), context());
  return indexer;
}

const idsOf = (indexer: HNSWIndexer): string[] => [...indexer.documents()].map(({ id }) => id);

test("index counts new and replaced documents", async () => {
  const indexer = await openIndexer();
  const embedding = [1, 0];
  expect(await indexer.index(docs({ id: "a", embedding }), context())).toEqual({
    written: 1,
    replaced: 0,
  });
  const again = docs({ id: "a", embedding }, { id: "b", embedding }, { id: "b", embedding });
  expect(await indexer.index(again, context())).toEqual({ written: 1, replaced: 2 });
});

test.each([
  { name: "filter", parameters: { filter: { year: 2019 } }, left: ["a"] },
  {
    name: "ids and filter",
    parameters: { ids: ["a", "b"], filter: { year: 2019 } },
    left: ["a", "c"],
  },
  { name: "ids", parameters: { ids: ["a", "x"] }, left: ["b", "c"], notFound: ["x"] },
  {
    name: "a filter that nothing passes",
    parameters: { filter: { year: 1 } },
    left: ["a", "b", "c"],
  },
])("delete with $name removes what it selects", async ({ parameters, left, notFound }) => {
  const indexer = await openYears();
  const result = await indexer.delete([], context(parameters));
  expect(idsOf(indexer)).toEqual(left);
  expect(result).toEqual({
    deleted: 3 - left.length,
    ...(notFound && { not_found: notFound }),
  });
  const [query] = docs({ id: "q", embedding: [1, 0] });
  await indexer.search([query!], context());
  expect(query!.matches.map(({ id }) => id)).toEqual(left);
});

test.each([
  { parameters: {}, warning: "nothing was deleted: the request has no document" },
  { parameters: { ids: [] }, warning: "nothing was deleted: parameter ids is an empty list" },
])("delete with $parameters deletes nothing and warns", async ({ parameters, warning }) => {
  const indexer = await openYears();
  const result = await indexer.delete([], context(parameters));
  expect(result).toEqual({ deleted: 0, warning: expect.stringContaining(warning) as unknown });
  expect(idsOf(indexer)).toEqual(["a", "b", "c"]);
});

test.each([
  ["delete", { filter: {} }, "parameter filter is empty"],
  ["delete", { filter: { $and: [{}] } }, "parameter filter is empty"],
  ["delete", { filter: { $or: [{ year: 2019 }, {}] } }, "parameter filter is empty"],
  ["delete", { Ids: ["a"] }, 'unknown parameter "Ids": did you mean "ids"?'],
  ["clear", { filter: {} }, "parameter filter is empty"],
  ["clear", { fliter: { year: 2019 } }, 'unknown parameter "fliter": did you mean "filter"?'],
  ["clear", { ids: ["a"] }, 'unknown parameter "ids"'],
  ["index", { replace: true }, 'unknown parameter "replace"'],
  ["update", { replace: "yes" }, 'parameter replace is "yes"'],
] as const)("%s with %j is refused and removes nothing", async (method, parameters, message) => {
  const indexer = await openYears();
  await expect(indexer[method]([], context(parameters))).rejects.toThrow(message);
  expect(idsOf(indexer)).toEqual(["a", "b", "c"]);
});

test("clear with a filter removes only what passes", async () => {
  const indexer = await openYears();
  expect(await indexer.clear([], context({ filter: { year: 2019 } }))).toEqual({ deleted: 2 });
  expect(idsOf(indexer)).toEqual(["a"]);
  expect(await indexer.clear([], context())).toEqual({ deleted: 1 });
});

const LAMP: DocumentInit = {
  id: "a",
  text: "lamp",
  embedding: [1, 0],
  tags: { price: 5, size: "s" },
};
const read = (indexer: HNSWIndexer): unknown =>
  indexer
    .get(docs({ id: "a" }), context())
    .map(({ text, embedding, tags }) => ({ text, embedding, tags }))[0];

test.each([
  {
    name: "an embedding and a tag",
    given: { embedding: [0, 1], tags: { price: 6 } },
    want: { text: "lamp", embedding: Float32Array.of(0, 1), tags: { price: 6, size: "s" } },
  },
  {
    name: "a text",
    given: { text: "desk" },
    want: { text: "desk", embedding: Float32Array.of(1, 0), tags: { price: 5, size: "s" } },
  },
  {
    name: "a document, with replace",
    given: { embedding: [0, 1], tags: { price: 6 } },
    parameters: { replace: true },
    want: { text: "", embedding: Float32Array.of(0, 1), tags: { price: 6 } },
  },
])("update with $name keeps what it does not get", async ({ given, parameters, want }) => {
  const indexer = await openIndexer();
  await indexer.index(docs(LAMP), context());
  const result = await indexer.update(docs({ id: "a", ...given }), context(parameters));
  expect(result).toEqual({ replaced: 1 });
  expect(read(indexer)).toEqual(want);
  const [query] = docs({ id: "q", embedding: want.embedding });
  await indexer.search([query!], context());
  expect(query!.matches[0]?.scores["cosine"]?.value).toBe(0);
});

test("two updates of one document in one request are applied in order", async () => {
  const indexer = await openIndexer();
  await indexer.index(docs(LAMP), context());
  const given = docs({ id: "a", embedding: [0, 1] }, { id: "a", tags: { price: 7 } });
  await indexer.update(given, context());
  const [query] = docs({ id: "q", embedding: [0, 1] });
  await indexer.search([query!], context());
  expect(query!.matches[0]?.tags["price"]).toBe(7);
  expect(query!.matches[0]?.scores["cosine"]?.value).toBe(0);
});

test("update of an unknown id is reported and adds nothing", async () => {
  const indexer = await openIndexer();
  const result = await indexer.update(docs(LAMP), context());
  expect(result).toEqual({ replaced: 0, not_found: ["a"] });
  expect(indexer.count()).toBe(0);
});

test("update of a sharded index cannot change the routing of a document", async () => {
  const indexer = await openIndexer(2);
  const routed = { ...LAMP, tags: { _routing: "t1" } };
  await indexer.index(docs(routed), context());
  const moved = docs({ id: "a", tags: { _routing: "t2" } });
  await expect(indexer.update(moved, context())).rejects.toThrow("has another _routing");
  await indexer.update(docs({ id: "a", embedding: [0, 1] }), context({ replace: true }));
  expect(read(indexer)).toMatchObject({ tags: { _routing: "t1" } });
});

test("writes logged by the first version replay as they ran", async () => {
  const { formerWrites } = HNSWIndexer;
  expect(formerWrites).toEqual({
    index: "putAsBefore",
    update: "putAsBefore",
    delete: "deleteAsBefore",
    clear: "clearAsBefore",
  });
  const indexer = await openYears();
  await indexer.putAsBefore(docs({ id: "a", embedding: [0, 1] }, { id: "n", embedding: [0, 1] }));
  expect(idsOf(indexer)).toEqual(["a", "b", "c", "n"]);
  expect(read(indexer)).toMatchObject({ tags: {} });
  indexer.deleteAsBefore([], context({ filter: { year: 2019 } }));
  expect(indexer.count()).toBe(4);
  indexer.deleteAsBefore(docs({ id: "a" }), context({ ids: ["n"] }));
  expect(idsOf(indexer)).toEqual(["b", "c"]);
  indexer.clearAsBefore();
  expect(indexer.count()).toBe(0);
});

test("a match has its embedding only on request, and nothing but id and scores with no fields", async () => {
  const indexer = await openIndexer();
  await indexer.index(docs(LAMP), context());
  const match = async (parameters: Record<string, unknown>): Promise<unknown> => {
    const queries = docs({ id: "q", embedding: [1, 0] });
    await indexer.search(queries, context(parameters));
    const { id, text, embedding, tags, scores } = queries[0]!.matches[0]!;
    return { id, text, embedding, tags, names: Object.keys(scores) };
  };
  const found = { id: "a", text: "lamp", embedding: undefined, tags: LAMP.tags, names: ["cosine"] };
  expect(await match({})).toEqual(found);
  expect(await match({ with_embeddings: true })).toEqual({
    ...found,
    embedding: Float32Array.of(1, 0),
  });
  expect(await match({ fields: [] })).toEqual({ ...found, text: "", tags: {} });
});

test("fields and with_embeddings choose what a found document holds", async () => {
  const indexer = await openIndexer();
  await indexer.index(docs(LAMP), context());
  const found = async (parameters: Record<string, unknown>): Promise<unknown> => {
    const [document] = (await indexer.filter([], context(parameters))) as Document[];
    const { id, text, embedding, tags } = document!;
    return { id, text, embedding, tags };
  };
  const whole = { id: "a", text: "lamp", embedding: Float32Array.of(1, 0), tags: LAMP.tags };
  expect(await found({})).toEqual(whole);
  expect(await found({ with_embeddings: false })).toEqual({ ...whole, embedding: undefined });
  expect(await found({ fields: ["price"] })).toEqual({
    id: "a",
    text: "",
    embedding: undefined,
    tags: { price: 5 },
  });
  expect(await found({ fields: ["text"], with_embeddings: true })).toEqual({ ...whole, tags: {} });
  expect(await found({}), "a stored document was changed").toEqual(whole);
});
