import { mkdtemp, rm, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Entry,
  type Hit,
  loadSparseIndex,
  openSparseIndex,
  openVectorIndex,
  type SparseIndex,
  type SparseCoordinates,
} from "../../../src/vector-index/vector-index.ts";
import { seededRandom } from "../random-vectors.ts";

const DIMENSIONS = 40;

function sparse(cells: Record<number, number>): SparseCoordinates {
  return {
    indices: Uint32Array.from(Object.keys(cells), Number),
    values: Float32Array.from(Object.values(cells)),
  };
}

function toDense({ indices, values }: SparseCoordinates): Float32Array {
  const dense = new Float32Array(DIMENSIONS);
  indices.forEach((index, i) => (dense[index]! += values[i]!));
  return dense;
}

function randomSparse(random: () => number): SparseCoordinates {
  const size = Math.floor(random() * 6);
  return {
    indices: Uint32Array.from({ length: size }, () => Math.floor(random() * DIMENSIONS)),
    values: Float32Array.from({ length: size }, () => Math.round(random() * 8 - 3)),
  };
}

function sortedIds(hits: readonly Hit[]): string[] {
  return hits.map(({ id }) => id).toSorted();
}

async function reload(index: SparseIndex, metric: "cosine" | "ip"): Promise<SparseIndex> {
  await index.save(folder);
  const loaded = await loadSparseIndex(folder, { metric });
  expect(loaded.digest()).toBe(index.digest());
  return loaded;
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-sparse-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("the sparse index", () => {
  test("answers as an exact dense scan does, through additions, updates, removals and reloads", async () => {
    for (const metric of ["cosine", "ip"] as const) {
      const random = seededRandom(31);
      let index: SparseIndex = openSparseIndex({ metric });
      const scan = openVectorIndex({ metric, dimensions: DIMENSIONS, backend: "exact" });
      for (let round = 0; round < 20; round += 1) {
        const batch: Entry<SparseCoordinates>[] = Array.from({ length: 60 }, () => ({
          id: `d${Math.floor(random() * 300)}`,
          vector: randomSparse(random),
        }));
        await index.addMany(batch);
        await scan.addMany(batch.map(({ id, vector }) => ({ id, vector: toDense(vector) })));
        const gone = Array.from({ length: 20 }, () => `d${Math.floor(random() * 300)}`);
        expect(index.remove(gone)).toBe(scan.remove(gone));
        if (round % 6 === 5) index = await reload(index, metric);
        const query = randomSparse(random);
        const [all, right] = [index.search(query, 1000), scan.search(toDense(query), 1000)];
        // Sums in another order may differ in the last bit, so equal places are compared by
        // distance, and ids as sets.
        expect(sortedIds(all), `${metric}, round ${round}`).toEqual(sortedIds(right));
        all.forEach((hit, i) =>
          expect(hit.distance).toBeCloseTo(right[i]?.distance ?? Number.NaN, 5),
        );
        expect(index.search(query, 5), "a short list is the head of the long one").toEqual(
          all.slice(0, 5),
        );
      }
      expect(index.count).toBe(scan.count);
    }
  });

  test("fills up with entries that share no dimension, at distance 1 and by id", async () => {
    const index = openSparseIndex({ metric: "cosine" });
    await index.addMany([
      { id: "z", vector: sparse({ 1: 1 }) },
      { id: "b", vector: sparse({ 7: 1 }) },
      { id: "a", vector: sparse({ 8: 1 }) },
      { id: "none", vector: sparse({}) },
      { id: "against", vector: sparse({ 1: -2 }) },
    ]);
    expect(index.search(sparse({ 1: 5 }), 10)).toEqual([
      { id: "z", distance: 0 },
      { id: "a", distance: 1 },
      { id: "b", distance: 1 },
      { id: "none", distance: 1 },
      { id: "against", distance: 2 },
    ]);
    expect(index.search(sparse({ 1: 5 }), 3).map(({ id }) => id)).toEqual(["z", "a", "b"]);
  });

  test("takes indices in any order, sums repeated ones, and takes them up to 2^31 - 1", async () => {
    const index = openSparseIndex({ metric: "ip" });
    const last = 2 ** 31 - 1;
    await index.addMany([
      {
        id: "a",
        vector: { indices: Uint32Array.of(last, 3, last), values: Float32Array.of(1, 2, 1) },
      },
      { id: "b", vector: sparse({ 3: 2, [last]: 2 }) },
    ]);
    expect(index.search(sparse({ [last]: 1 }), 2)).toEqual([
      { id: "a", distance: -1 },
      { id: "b", distance: -1 },
    ]);
  });

  test("refuses unusable vectors by their document, and applies nothing of the batch", async () => {
    const index = openSparseIndex({ metric: "cosine" });
    const bad: SparseCoordinates[] = [
      { indices: Uint32Array.of(1, 2), values: Float32Array.of(1) },
      { indices: Uint32Array.of(2 ** 31), values: Float32Array.of(1) },
      { indices: Uint32Array.of(1), values: Float32Array.of(Number.NaN) },
    ];
    for (const vector of bad) {
      const adding = index.addMany([
        { id: "good", vector: sparse({ 1: 1 }) },
        { id: "odd", vector },
      ]);
      await expect(adding).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining('"odd"') as string,
      });
      expect(() => index.search(vector, 1)).toThrow(/query vector/);
    }
    expect(index.count).toBe(0);
  });

  test("has a digest of its content alone", async () => {
    const [one, two] = [openSparseIndex({ metric: "ip" }), openSparseIndex({ metric: "ip" })];
    await one.addMany([
      { id: "a", vector: sparse({ 1: 1, 2: 2 }) },
      { id: "b", vector: sparse({ 3: 1 }) },
    ]);
    await two.addMany([
      { id: "b", vector: sparse({ 9: 1 }) },
      { id: "c", vector: sparse({ 9: 1 }) },
      { id: "a", vector: { indices: Uint32Array.of(2, 1), values: Float32Array.of(2, 1) } },
      { id: "b", vector: sparse({ 3: 1 }) },
    ]);
    expect(two.digest()).not.toBe(one.digest());
    two.remove(["c"]);
    expect(two.digest()).toBe(one.digest());
  });

  test("gives room back when a third is dead, with the same answers", async () => {
    const random = seededRandom(32);
    const index = openSparseIndex({ metric: "cosine" });
    const entries = Array.from({ length: 600 }, (_, i) => ({
      id: `d${i}`,
      vector: randomSparse(random),
    }));
    await index.addMany(entries);
    index.remove(entries.slice(0, 400).map(({ id }) => id));
    const query = sparse({ 1: 1, 5: 2, 9: 1 });
    const before = index.search(query, 300);
    await index.addMany([]);
    expect(index.search(query, 300)).toEqual(before);
    expect(before.length).toBe(200);
  });

  test("refuses a damaged, cut or missing file, and one of another metric", async () => {
    const index = openSparseIndex({ metric: "cosine" });
    await index.addMany([{ id: "a", vector: sparse({ 1: 1 }) }]);
    await index.save(folder);
    const path = join(folder, "sparse.index");
    const sound = await readFile(path);
    await expect(loadSparseIndex(folder, { metric: "ip" })).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
    });
    for (let at = 0; at < sound.length; at += 1) {
      const bad = Buffer.from(sound);
      bad[at]! ^= 0x10;
      await writeFile(path, at % 2 === 0 ? bad : sound.subarray(0, at));
      await expect(
        loadSparseIndex(folder, { metric: "cosine" }),
        `byte ${at}`,
      ).rejects.toMatchObject({
        code: "DATA_LOSS",
      });
    }
    await rm(path);
    await expect(loadSparseIndex(folder, { metric: "cosine" })).rejects.toMatchObject({
      code: "DATA_LOSS",
    });
  });
});
