import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { loadInstalledHnswlib, type Neighbors } from "../../../src/vector-index/dense/hnswlib.ts";
import { compareHits } from "../../../src/vector-index/core/top-hits.ts";
import {
  type Entry,
  type IndexOptions,
  openVectorIndex,
  type VectorIndex,
} from "../../../src/vector-index/vector-index.ts";
import { clusteredVectors, randomVector, seededRandom } from "../random-vectors.ts";
import { recall } from "../naive-search.ts";

const opened: VectorIndex[] = [];

function open(options: Partial<IndexOptions> & { dimensions: number }): VectorIndex {
  const index = openVectorIndex({ metric: "cosine", ...options });
  opened.push(index);
  return index;
}

function entriesOf(next: () => Float32Array, count: number): Entry<Float32Array>[] {
  return Array.from({ length: count }, (_, i) => ({ id: `d${i}`, vector: next() }));
}

async function addInBatches(
  index: VectorIndex,
  entries: readonly Entry<Float32Array>[],
  size = 100,
): Promise<void> {
  for (let from = 0; from < entries.length; from += size)
    await index.addMany(entries.slice(from, from + size));
}

function meanRecall(
  queries: readonly Float32Array[],
  search: (query: Float32Array) => readonly { id: string; distance: number }[],
  exact: VectorIndex,
): number {
  return (
    queries.reduce((sum, query) => sum + recall(search(query), exact.search(query, 10)), 0) /
    queries.length
  );
}

afterEach(() => {
  for (const index of opened.splice(0)) index.close();
});

describe("the graph", () => {
  test("finds at least 95 % of the ten nearest at the default ef, also after a third was replaced and removed", async () => {
    const next = clusteredVectors(seededRandom(11), { dimensions: 32, clusters: 300, spread: 0.6 });
    const entries = entriesOf(next, 5000);
    const graph = open({ dimensions: 32, exactLimit: 1000 });
    const exact = open({ dimensions: 32, backend: "exact" });
    for (const index of [graph, exact]) await addInBatches(index, entries);
    const queries = Array.from({ length: 150 }, next);
    expect(
      meanRecall(queries, (query) => graph.search(query, 10), exact),
      "as built",
    ).toBeGreaterThanOrEqual(0.95);

    const moved = entries.slice(0, 1500).map(({ id }) => ({ id, vector: next() }));
    const gone = entries.slice(1500, 2300).map(({ id }) => id);
    const more = Array.from({ length: 1200 }, (_, i) => ({ id: `more${i}`, vector: next() }));
    for (const index of [graph, exact]) {
      await addInBatches(index, moved);
      expect(index.remove(gone)).toBe(800);
      for (const query of queries.slice(0, 20)) expect(index.search(query, 100).length).toBe(100);
      await addInBatches(index, more);
    }
    expect(graph.digest()).toBe(exact.digest());
    expect(
      meanRecall(queries, (query) => graph.search(query, 10), exact),
      "after the changes",
    ).toBeGreaterThanOrEqual(0.95);
  });

  test("gives an entry the very distance that a scan gives it", async () => {
    const random = seededRandom(12);
    const entries = entriesOf(() => randomVector(random, 24), 1500);
    const graph = open({ dimensions: 24, exactLimit: 0 });
    const exact = open({ dimensions: 24, backend: "exact" });
    for (const index of [graph, exact]) await index.addMany(entries);
    for (let i = 0; i < 30; i += 1) {
      const query = randomVector(random, 24);
      const right = new Map(exact.search(query, 1500).map(({ id, distance }) => [id, distance]));
      for (const { id, distance } of graph.search(query, 50))
        expect(distance, `of ${id}`).toBe(right.get(id));
    }
  });

  test("scans what has not entered the graph yet", async () => {
    const random = seededRandom(19);
    const entries = entriesOf(() => randomVector(random, 8), 1300);
    const graph = open({ dimensions: 8, exactLimit: 1000, ef: 1000 });
    const exact = open({ dimensions: 8, backend: "exact" });
    for (const index of [graph, exact]) await index.addMany(entries.slice(0, 1000));
    for (const [i, entry] of entries.slice(1000).entries()) {
      for (const index of [graph, exact]) await index.addMany([entry]);
      const query = randomVector(random, 8);
      expect(graph.search(query, 10), `${i + 1} above the limit`).toEqual(exact.search(query, 10));
    }
  });

  test("an infinite width compares with every vector", async () => {
    const random = seededRandom(23);
    const entries = entriesOf(() => randomVector(random, 24), 3000);
    const graph = open({ dimensions: 24, exactLimit: 0, M: 4, efConstruction: 4 });
    const exact = open({ dimensions: 24, backend: "exact" });
    for (const index of [graph, exact]) await index.addMany(entries);
    const query = randomVector(random, 24);
    expect(graph.search(query, 10, 10)).not.toEqual(exact.search(query, 10));
    expect(graph.search(query, 10, Number.POSITIVE_INFINITY)).toEqual(exact.search(query, 10));
  });

  test("scans all where the graph finds fewer than there are", async () => {
    const random = seededRandom(20);
    const entries = entriesOf(() => randomVector(random, 8), 500);
    const { HierarchicalNSW } = loadInstalledHnswlib();
    class Forgetful extends HierarchicalNSW {
      override searchKnn(query: number[], k: number): Neighbors {
        const { neighbors, distances } = super.searchKnn(query, k);
        return { neighbors: neighbors.slice(0, 3), distances: distances.slice(0, 3) };
      }
    }
    const graph = open({
      dimensions: 8,
      exactLimit: 0,
      loadHnswlib: () => ({ HierarchicalNSW: Forgetful }),
    });
    const exact = open({ dimensions: 8, backend: "exact" });
    for (const index of [graph, exact]) await index.addMany(entries);
    const query = randomVector(random, 8);
    expect(graph.search(query, 10)).toEqual(exact.search(query, 10));
  });

  test("finds the nearest although the graph's rounded distances rank another first", async () => {
    const { HierarchicalNSW } = loadInstalledHnswlib();
    class Rounding extends HierarchicalNSW {
      override searchKnn(query: number[], k: number): Neighbors {
        const { neighbors, distances } = super.searchKnn(query, k);
        const [first, second, ...others] = neighbors;
        const rounded = [distances[0]!, distances[0]! + 2 ** -24, ...distances.slice(2)];
        return { neighbors: [second!, first!, ...others], distances: rounded };
      }
    }
    const index = open({
      dimensions: 8,
      exactLimit: 0,
      loadHnswlib: () => ({ HierarchicalNSW: Rounding }),
    });
    const random = seededRandom(29);
    const entries = entriesOf(() => randomVector(random, 8), 50);
    await index.addMany(entries);
    const exact = open({ dimensions: 8, backend: "exact" });
    await exact.addMany(entries);
    const query = randomVector(random, 8);
    expect(index.search(query, 1)).toEqual(exact.search(query, 1));
  });

  test("answers exactly until there are more vectors than its limit", async () => {
    const random = seededRandom(13);
    const entries = entriesOf(() => randomVector(random, 48), 2001);
    const graph = open({ dimensions: 48, exactLimit: 2000, ef: 1 });
    const exact = open({ dimensions: 48, backend: "exact" });
    const queries = Array.from({ length: 40 }, () => randomVector(random, 48));
    for (const index of [graph, exact]) await index.addMany(entries.slice(0, 2000));
    for (const query of queries) expect(graph.search(query, 10)).toEqual(exact.search(query, 10));
    for (const index of [graph, exact]) await index.addMany(entries.slice(2000));
    await addInBatches(graph, entries.slice(0, 600));
    await addInBatches(exact, entries.slice(0, 600));
    expect(
      meanRecall(queries, (query) => graph.search(query, 10), exact),
      "a narrow search of a graph cannot be exact",
    ).toBeLessThan(1);
  });

  test("G12: several shards find at least what one finds at the same ef, less half a percent", async () => {
    const random = seededRandom(14);
    const entries = entriesOf(() => randomVector(random, 16), 6000);
    const settings = { dimensions: 16, exactLimit: 0, ef: 30 };
    const exact = open({ dimensions: 16, backend: "exact" });
    const single = open(settings);
    const shards = [open(settings), open(settings), open(settings)];
    await exact.addMany(entries);
    await single.addMany(entries);
    for (const [i, shard] of shards.entries())
      await shard.addMany(entries.filter((_, n) => n % 3 === i));
    const queries = Array.from({ length: 200 }, () => randomVector(random, 16));
    const one = meanRecall(queries, (query) => single.search(query, 10), exact);
    const several = meanRecall(
      queries,
      (query) =>
        shards
          .flatMap((shard) => shard.search(query, 10))
          .toSorted(compareHits)
          .slice(0, 10),
      exact,
    );
    expect(several).toBeGreaterThanOrEqual(one - 0.005);
  });

  test("G11: exact shards together answer as one index does", async () => {
    const random = seededRandom(15);
    const entries = entriesOf(
      () => Float32Array.from({ length: 3 }, () => Math.floor(random() * 4)),
      800,
    );
    for (const count of [1, 2, 5, 8]) {
      const shards = Array.from({ length: count }, () => open({ dimensions: 3 }));
      const single = open({ dimensions: 3 });
      await single.addMany(entries);
      for (const [i, shard] of shards.entries())
        await shard.addMany(entries.filter((_, n) => n % count === i));
      for (let i = 0; i < 50; i += 1) {
        const query = randomVector(random, 3);
        const merged = shards
          .flatMap((shard) => shard.search(query, 20))
          .toSorted(compareHits)
          .slice(0, 20);
        expect(merged, `${count} shards`).toEqual(single.search(query, 20));
      }
    }
  });
});

describe("adding", () => {
  test("lets the event loop turn at least every 50 ms while 5,000 vectors enter the graph", async () => {
    const random = seededRandom(16);
    const entries = entriesOf(() => randomVector(random, 64), 5000);
    const index = open({ dimensions: 64, exactLimit: 0 });
    const finished = new AbortController();
    const adding = index.addMany(entries).finally(() => finished.abort());
    // Its own CPU time, so that a busy machine does not look like a long slice.
    const turnsMs: number[] = [];
    for (let last = process.cpuUsage(); !finished.signal.aborted; last = process.cpuUsage()) {
      await setImmediate();
      const { user, system } = process.cpuUsage(last);
      turnsMs.push((user + system) / 1000);
    }
    await adding;
    const [longest = 0] = turnsMs.toSorted((a, b) => b - a).slice(Math.floor(turnsMs.length / 100));
    expect(
      longest,
      "milliseconds of CPU between two turns of the event loop, the longest 1 % left out",
    ).toBeLessThan(50);
    expect(turnsMs.length, "turns of the event loop meanwhile").toBeGreaterThan(20);
  });

  test("stops when the index is closed meanwhile", async () => {
    const random = seededRandom(17);
    const index = open({ dimensions: 64, exactLimit: 0 });
    const adding = index.addMany(entriesOf(() => randomVector(random, 64), 3000));
    index.close();
    await expect(adding).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("a new generation", () => {
  test("keeps memory and files in proportion to what lives", async () => {
    const folder = await mkdtemp(join(tmpdir(), "jflow-index-"));
    try {
      const random = seededRandom(25);
      const bytes: number[] = [];
      for (const exactLimit of [0, 10_000]) {
        const index = open({ dimensions: 16, exactLimit });
        for (let round = 0; round < 30; round += 1) {
          await index.addMany(entriesOf(() => randomVector(random, 16), 300));
        }
        await index.save(folder);
        bytes.push((await stat(join(folder, "vectors.index"))).size);
      }
      const living = 300 * 16 * 4;
      expect(Math.max(...bytes), "30 times the same 300 ids").toBeLessThan(living * 4);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("is right at every step of its making", async () => {
    const random = seededRandom(18);
    const index = open({ dimensions: 4, exactLimit: 200 });
    const exact = open({ dimensions: 4, backend: "exact" });
    const add = async (batch: readonly Entry<Float32Array>[]): Promise<void> => {
      for (const to of [index, exact]) await to.addMany(batch);
    };
    await add(entriesOf(() => randomVector(random, 4), 1200));
    for (const from of [index, exact])
      from.remove(Array.from({ length: 500 }, (_, i) => `d${i * 2}`));
    for (let step = 0; step < 60; step += 1) {
      await add([
        { id: `d${Math.floor(random() * 1200)}`, vector: randomVector(random, 4) },
        { id: `new${step}`, vector: randomVector(random, 4) },
      ]);
      const gone = `d${Math.floor(random() * 1200)}`;
      expect(index.remove([gone])).toBe(exact.remove([gone]));
      const query = randomVector(random, 4);
      expect(index.search(query, 8, 300), `step ${step}`).toEqual(exact.search(query, 8));
    }
    expect([index.count, index.digest()]).toEqual([exact.count, exact.digest()]);
  });
});
