import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finished } from "../rig/rig.ts";
import { LiveFlow, type Note, type Outcome } from "../rig/live-flow.ts";

/** Two shards without `uses_after`: the defaults of a built-in index. */
const FLOW = `jtype: Flow
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: index, uses: HNSWIndexer, uses_with: { dim: 2 }, shards: 2, replicas: 2 }
`;

let flow: LiveFlow;
beforeAll(async () => {
  flow = await LiveFlow.start(FLOW);
}, 90_000);
afterAll(async () => flow[Symbol.asyncDispose]());

const note = (id: string, tags: Record<string, unknown> = {}): Note => ({
  id,
  embedding: [1, 0],
  tags,
});
const countsOf = ({ parameters }: Outcome): unknown =>
  (parameters["_shards"] as { documents?: unknown } | undefined)?.documents;
const zero = { written: 0, replaced: 0, deleted: 0, not_found: 0, failed: 0 };

async function stored(): Promise<readonly string[]> {
  const { docs } = await flow.must("/filter", [], { parameters: { limit: 1000 } });
  return docs.map(({ id }) => id).toSorted();
}

async function startWith(notes: readonly Note[]): Promise<void> {
  await flow.must("/clear", []);
  if (notes.length > 0) await flow.must("/index", notes);
}

test("a document with its own routing is found, updated, replaced and deleted by id", async () => {
  for (const routing of ["t1", "t2", "t3", "t4"]) {
    await startWith([note("a", { _routing: routing, v: 1 }), note("b")]);
    const found = await flow.must("/get", [{ id: "a" }]);
    expect(found.docs.map(({ id }) => id)).toEqual(["a"]);

    const updated = await flow.must("/update", [{ id: "a", tags: { v: 2 } }]);
    expect(countsOf(updated)).toEqual({ ...zero, replaced: 1 });
    const { docs } = await flow.must("/get", [], { parameters: { ids: ["a"] } });
    expect(docs.map(({ tags }) => tags)).toEqual([{ _routing: routing, v: 2 }]);

    await flow.must("/index", [note("a", { v: 3 })]);
    const replaced = await flow.must("/filter", [], { parameters: { filter: { v: { $gt: 0 } } } });
    expect(replaced.docs.map(({ tags }) => tags)).toEqual([{ v: 3 }]);

    await flow.must("/index", [note("a", { _routing: routing })]);
    expect(countsOf(await flow.must("/delete", [{ id: "a" }]))).toEqual({ ...zero, deleted: 1 });
    expect(await stored()).toEqual(["b"]);
  }
});

test("a parameter routing of /index leaves one document under its id", async () => {
  await startWith([]);
  for (const routing of ["r1", "r2", "r3", "r4"])
    await flow.must("/index", [note("a")], { parameters: { routing } });
  expect(await stored()).toEqual(["a"]);
});

test("of two documents with one id in a request, the last one stays, whatever their routing", async () => {
  for (const last of ["r1", "r2", "r3", "r4"]) {
    await startWith([]);
    await flow.must("/index", [
      note("a", { _routing: "r1", v: 1 }),
      note("a", { _routing: last, v: 2 }),
    ]);
    const { docs } = await flow.must("/filter", []);
    expect(docs.map(({ id, tags }) => [id, tags?.["v"]])).toEqual([["a", 2]]);
  }
});

test("a write counts what it did over all shards", async () => {
  await startWith([note("a"), note("b"), note("c", { year: 2019 })]);
  const written = await flow.must("/index", [note("a"), note("d", { year: 2019 })]);
  expect(countsOf(written)).toEqual({ ...zero, written: 1, replaced: 1 });
  const byIds = await flow.must("/delete", [], { parameters: { ids: ["a", "x", "y"] } });
  expect(countsOf(byIds)).toEqual({
    ...zero,
    deleted: 1,
    not_found: 2,
    not_found_ids: expect.arrayContaining(["x", "y"]) as unknown,
  });
  const byFilter = await flow.must("/delete", [], { parameters: { filter: { year: 2019 } } });
  expect(countsOf(byFilter)).toEqual({ ...zero, deleted: 2 });
  const unknown = await flow.must("/update", [{ id: "x", tags: { a: 1 } }]);
  expect(countsOf(unknown)).toEqual({ ...zero, not_found: 1, not_found_ids: ["x"] });
  const none = await flow.must("/delete", [], { parameters: { ids: [] } });
  expect(countsOf(none)).toMatchObject({ deleted: 0, warning: expect.any(String) as unknown });
  expect(await stored()).toEqual(["b"]);
});

test("a shard that refuses its documents is counted as failed, with their ids", async () => {
  await startWith([]);
  const ids = ["a", "b", "c", "d"];
  const bad = ids.map((id) => (id === "a" ? { id, embedding: [1, 2, 3] } : note(id)));
  const { ok, parameters } = await flow.post("/index", bad);
  expect(ok).toBe(false);
  const report = parameters["_shards"] as {
    total: number;
    successful: number;
    failed: number;
    failures: { documents: string[]; reason: string }[];
    documents: { written: number; failed: number };
  };
  const [failure] = report.failures;
  expect(report).toMatchObject({ total: 4, successful: 2, failed: 2 });
  expect(failure!.documents).toContain("a");
  expect(failure!.reason).toContain('document "a" has 3 dimensions');
  expect(report.documents.failed).toBe(failure!.documents.length);
  expect(await stored()).toEqual(ids.filter((id) => !failure!.documents.includes(id)));
});

test("limit and offset count once for the whole answer, and matches are ranked", async () => {
  const notes = Array.from({ length: 100 }, (_, i) => ({
    ...note(`d${i}`),
    embedding: [Math.cos(i / 100), Math.sin(i / 100)],
  }));
  await startWith(notes);
  const search = async (parameters: Record<string, unknown>): Promise<readonly string[]> => {
    const { docs } = await flow.must("/search", [note("q")], { parameters });
    return (docs[0]!.matches ?? []).map(({ id }) => id);
  };
  const nearest = notes.map(({ id }) => id);
  expect(await search({})).toEqual(nearest.slice(0, 10));
  expect(await search({ limit: null, offset: 5 })).toEqual(nearest.slice(5, 15));
  expect(await search({ limit: 5 })).toEqual(nearest.slice(0, 5));
  const filter = async (parameters: Record<string, unknown>): Promise<readonly string[]> =>
    (await flow.must("/filter", [], { parameters })).docs.map(({ id }) => id);
  const all = await filter({ limit: 100 });
  expect(all).toHaveLength(100);
  expect(await filter({})).toEqual(all.slice(0, 10));
  expect(await filter({ limit: 5 })).toEqual(all.slice(0, 5));
  expect(await filter({ offset: 45 })).toEqual(all.slice(45, 55));
});

test("an unknown parameter is an error with a suggestion, over every protocol", async () => {
  const message = 'unknown parameter "limt": did you mean "limit"?';
  const { http, why } = await flow.post("/filter", [], { parameters: { limt: 2 } });
  expect([http, why]).toEqual([400, expect.stringContaining(message)]);
  const { code, stderr } = await flow.rig.jflow(["post", "/filter", "--param", "limt=2"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test("post counts what its writes did, also if a shard refuses its part", async () => {
  await startWith([note("a"), note("b")]);
  const index = (lines: readonly object[], ...more: readonly string[]): Promise<Finished> =>
    flow.rig.jflow(
      ["post", "/index", "--input", "-", ...more],
      lines.map((line) => JSON.stringify(line)).join("\n"),
    );
  expect((await index([note("a"), note("c")])).stderr).toMatch(/^1 written, 1 replaced$/m);
  const removed = await flow.rig.jflow(["post", "/delete", "--param", 'ids=["c","x"]']);
  expect(removed.stderr).toMatch(/^1 deleted, 1 not found: x$/m);

  const bad = Array.from({ length: 40 }, (_, i) => ({
    ...note(`n${i}`),
    ...(i === 6 ? { embedding: [1, 2, 3] } : {}),
  }));
  const stopped = await index(bad);
  const isIn = (await stored()).length - 2;
  expect([stopped.code, stopped.stderr]).toEqual([
    5,
    expect.stringContaining(`0 acknowledged, 40 failed: some may be written\n${isIn} written\n`),
  ]);
  const nameless = bad.map(({ embedding, tags }) => ({ embedding, tags }));
  const skipped = await index(nameless, "--on-error", "skip");
  expect([skipped.code, skipped.stderr]).toEqual([
    5,
    expect.stringContaining("39 acknowledged, 1 failed\n39 written\n"),
  ]);
  expect(await stored()).toHaveLength(2 + isIn + 39);
});
