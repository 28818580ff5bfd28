import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Entry,
  type IndexOptions,
  loadVectorIndex,
  type Metric,
  openVectorIndex,
  type VectorIndex,
} from "../../src/vector-index/vector-index.ts";
import { compareHits } from "../../src/vector-index/core/top-hits.ts";
import { naiveSearch } from "../vector-index/naive-search.ts";
import { randomVector, seededRandom } from "../vector-index/random-vectors.ts";

const METRICS: readonly Metric[] = ["cosine", "l2", "ip"];

function entry(id: string, ...values: number[]): Entry<Float32Array> {
  return { id, vector: Float32Array.from(values) };
}

function idsOf(index: VectorIndex, values: readonly number[], limit = 10): string[] {
  return index.search(Float32Array.from(values), limit).map(({ id }) => id);
}

/** The contract of every `VectorIndex`, whatever its `backend`. */
export function describeVectorIndex(
  name: string,
  backend: Pick<IndexOptions, "backend" | "exactLimit" | "loadHnswlib">,
): void {
  describe(`${name} keeps the contract of a vector index`, () => {
    let folder: string;
    const opened: VectorIndex[] = [];

    function open(metric: Metric, dimensions: number): VectorIndex {
      const index = openVectorIndex({ metric, dimensions, ...backend });
      opened.push(index);
      return index;
    }

    async function reload(index: VectorIndex, metric: Metric): Promise<VectorIndex> {
      await index.save(folder);
      const loaded = await loadVectorIndex(folder, { metric, ...backend });
      opened.push(loaded);
      return loaded;
    }

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "jflow-index-"));
    });

    afterEach(async () => {
      for (const index of opened.splice(0)) index.close();
      await rm(folder, { recursive: true });
    });

    test("is empty at first, and a search returns no hits", async () => {
      const index = open("cosine", 2);
      expect(index.count).toBe(0);
      expect(index.dimensions).toBe(2);
      expect(idsOf(index, [1, 0])).toEqual([]);
      expect((await reload(index, "cosine")).count).toBe(0);
    });

    test("returns hnswlib's distances, smallest first", async () => {
      const expected: Record<Metric, readonly (readonly [id: string, distance: number])[]> = {
        cosine: [
          ["a", 0],
          ["b", 0.2],
          ["c", 1],
        ],
        l2: [
          ["c", 1],
          ["a", 4],
          ["b", 18],
        ],
        ip: [
          ["b", -3],
          ["a", -2],
          ["c", 1],
        ],
      };
      for (const metric of METRICS) {
        const index = open(metric, 2);
        await index.addMany([entry("a", 3, 0), entry("b", 4, 3), entry("c", 0, 0)]);
        const hits = index.search(Float32Array.of(1, 0), 3);
        expect(
          hits.map(({ id }) => id),
          `the order by ${metric}`,
        ).toEqual(expected[metric].map(([id]) => id));
        hits.forEach((hit, i) =>
          expect(hit.distance, `${metric}, ${hit.id}`).toBeCloseTo(
            expected[metric][i]?.[1] ?? Number.NaN,
            6,
          ),
        );
      }
    });

    test("rounds distances to float32 before it compares them, as protobuf does", async () => {
      const random = seededRandom(2);
      for (const metric of METRICS) {
        const index = open(metric, 7);
        const twin = randomVector(random, 7);
        const nearly = twin.map((value, i) => (i === 0 ? value + 6e-8 : value));
        await index.addMany([
          { id: "b", vector: twin },
          { id: "a", vector: nearly },
          { id: "c", vector: randomVector(random, 7) },
        ]);
        for (let i = 0; i < 20; i += 1) {
          const hits = index.search(randomVector(random, 7), 3);
          expect(hits.map(({ distance }) => distance)).toEqual(
            hits.map(({ distance }) => Math.fround(distance)),
          );
          expect(hits, "equal float32 distances are ties").toEqual(hits.toSorted(compareHits));
        }
      }
    });

    test("breaks ties by id in code-unit order, also at the limit", async () => {
      const index = open("l2", 2);
      await index.addMany(["b", "ä", "Z", "a", "10", "9"].map((id) => entry(id, 1, 1)));
      expect(idsOf(index, [0, 0])).toEqual(["10", "9", "Z", "a", "b", "ä"]);
      expect(idsOf(index, [0, 0], 3)).toEqual(["10", "9", "Z"]);
    });

    test("accepts a limit above the count, and a limit of 0", async () => {
      const index = open("ip", 2);
      await index.addMany([entry("a", 1, 0), entry("b", 2, 0)]);
      expect(idsOf(index, [1, 0], 10_000)).toEqual(["b", "a"]);
      expect(idsOf(index, [1, 0], 0)).toEqual([]);
    });

    test("replaces the vector of an id; the last one of a batch wins", async () => {
      const index = open("l2", 2);
      await index.addMany([entry("a", 0, 0), entry("b", 5, 5), entry("a", 9, 9)]);
      await index.addMany([entry("b", 1, 1)]);
      expect(index.count).toBe(2);
      expect(index.search(Float32Array.of(0, 0), 9)).toEqual([
        { id: "b", distance: 2 },
        { id: "a", distance: 162 },
      ]);
    });

    test("does not find a removed vector, and counts only vectors that existed", async () => {
      const index = open("l2", 1);
      await index.addMany([entry("a", 1), entry("b", 2), entry("c", 3)]);
      expect(index.remove(["a", "c", "a", "never"])).toBe(2);
      expect([index.count, index.has("a"), index.has("b")]).toEqual([1, false, true]);
      expect(idsOf(index, [0])).toEqual(["b"]);
      await index.addMany([entry("a", 0)]);
      expect(idsOf(index, [0])).toEqual(["a", "b"]);
    });

    test("rejects a batch with a vector of the wrong size or without finite numbers, and names its document", async () => {
      const index = open("cosine", 2);
      const bad = [
        entry("odd", 1),
        entry("odd", 1, 2, 3),
        entry("odd"),
        entry("odd", 1, Number.NaN),
        entry("odd", Infinity, 1),
      ];
      for (const wrong of bad) {
        await expect(index.addMany([entry("good", 1, 1), wrong])).rejects.toMatchObject({
          code: "INVALID_ARGUMENT",
          message: expect.stringContaining('"odd"') as string,
        });
        expect(() => index.search(wrong.vector, 1)).toThrow(/query vector/);
      }
      expect([index.count, index.has("good")]).toEqual([0, false]);
      await index.addMany([entry("good", 1, 1)]);
      expect(index.count, "a refused batch must not leave the index closed to writes").toBe(1);
    });

    test("accepts all finite vectors: zero, tiny, huge", async () => {
      const index = open("cosine", 3);
      await index.addMany([
        entry("zero", 0, 0, 0),
        entry("tiny", 1e-40, 0, 0),
        entry("huge", 3e38, 3e38, 0),
        entry("unit", 0, 0, 1),
      ]);
      const hits = index.search(Float32Array.of(1, 0, 0), 4);
      expect(hits.map(({ id }) => id)).toEqual(["tiny", "huge", "unit", "zero"]);
      expect(hits.map(({ distance }) => Math.round(distance * 1000) / 1000)).toEqual([
        0, 0.293, 1, 1,
      ]);
      expect(
        index.search(new Float32Array(3), 9).map(({ distance }) => distance),
        "zero is at 1 from everything",
      ).toEqual([1, 1, 1, 1]);
    });

    test("finds the same as a sort of all distances, through additions, updates, removals and reloads", async () => {
      for (const metric of METRICS) {
        const random = seededRandom(metric.length);
        let index = open(metric, 5);
        const truth = new Map<string, Float32Array>();
        for (let round = 0; round < 12; round += 1) {
          const batch = Array.from({ length: 40 }, () => ({
            id: `d${Math.floor(random() * 150)}`,
            vector: randomVector(random, 5),
          }));
          await index.addMany(batch);
          for (const { id, vector } of batch) truth.set(id, vector);
          const gone = [...truth.keys()].filter(() => random() < 0.15);
          expect(index.remove(gone)).toBe(gone.length);
          for (const id of gone) truth.delete(id);
          if (round % 4 === 3) index = await reload(index, metric);
          expect(index.count).toBe(truth.size);
          const query = randomVector(random, 5);
          const expected = naiveSearch(
            metric,
            [...truth].map(([id, vector]) => ({ id, vector })),
            query,
          ).slice(0, 7);
          const hits = index.search(query, 7, 400);
          expect(
            hits.map(({ id }) => id),
            `${metric}, round ${round}`,
          ).toEqual(expected.map(({ id }) => id));
          hits.forEach((hit, i) =>
            expect(hit.distance).toBeCloseTo(expected[i]?.distance ?? Number.NaN, 5),
          );
        }
      }
    });

    test("finds all remaining vectors when most are removed", async () => {
      const random = seededRandom(9);
      const index = open("l2", 4);
      const entries = Array.from({ length: 600 }, (_, i) => ({
        id: `d${i}`,
        vector: randomVector(random, 4),
      }));
      await index.addMany(entries);
      index.remove(entries.slice(5).map(({ id }) => id));
      expect(idsOf(index, [0, 0, 0, 0], 10).toSorted()).toEqual(["d0", "d1", "d2", "d3", "d4"]);
    });

    test("answers the same after save and load, and accepts further changes", async () => {
      const random = seededRandom(3);
      const index = open("cosine", 8);
      await index.addMany(
        Array.from({ length: 300 }, (_, i) => ({ id: `d${i}é`, vector: randomVector(random, 8) })),
      );
      index.remove(["d7é"]);
      const loaded = await reload(index, "cosine");
      const query = randomVector(random, 8);
      expect(loaded.search(query, 20)).toEqual(index.search(query, 20));
      expect([loaded.count, loaded.dimensions, loaded.digest()]).toEqual([299, 8, index.digest()]);
      await loaded.addMany([{ id: "new", vector: query }]);
      expect(loaded.search(query, 1)[0]?.id).toBe("new");
    });

    test("has a digest that depends on its content only", async () => {
      const random = seededRandom(4);
      const entries = Array.from({ length: 200 }, (_, i) => ({
        id: `d${i}`,
        vector: randomVector(random, 3),
      }));
      const straight = open("cosine", 3);
      await straight.addMany(entries);
      const roundabout = open("cosine", 3);
      await roundabout.addMany(
        [...entries, { id: "extra", vector: randomVector(random, 3) }].toReversed(),
      );
      await roundabout.addMany([{ id: "d5", vector: randomVector(random, 3) }]);
      expect(roundabout.digest()).not.toBe(straight.digest());
      roundabout.remove(["extra"]);
      await roundabout.addMany([entries[5]!]);
      expect(roundabout.digest()).toBe(straight.digest());
      expect(open("cosine", 3).digest()).toBe("0".repeat(16));
    });

    test("answers the same for the same operations in batches of any size", async () => {
      const random = seededRandom(5);
      const entries = Array.from({ length: 400 }, (_, i) => ({
        id: `d${i % 350}`,
        vector: randomVector(random, 6),
      }));
      const [one, two] = [open("l2", 6), open("l2", 6)];
      await one.addMany(entries);
      const adding = two.addMany(entries);
      expect(
        two.search(entries[0]!.vector, 1).length,
        "searches are answered while adding",
      ).toBeLessThanOrEqual(1);
      await adding;
      for (let i = 0; i < 20; i += 1) {
        const query = randomVector(random, 6);
        expect(two.search(query, 10)).toEqual(one.search(query, 10));
      }
    });

    test("rejects a second write while one runs, and every write once closed", async () => {
      const index = open("l2", 1);
      const adding = index.addMany(Array.from({ length: 50 }, (_, i) => entry(`d${i}`, i)));
      expect(() => index.remove(["d1"])).toThrow(/adding/);
      await expect(index.save(folder)).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
      await adding;
      expect(index.count).toBe(50);
      index.close();
      await expect(index.addMany([entry("x", 1)])).rejects.toMatchObject({
        code: "FAILED_PRECONDITION",
      });
    });
  });
}
