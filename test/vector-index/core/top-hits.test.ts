import { expect, test } from "vitest";
import { compareHits, TopHits } from "../../../src/vector-index/core/top-hits.ts";
import { seededRandom } from "../random-vectors.ts";

test("keeps the best of all offers in the order of a sort, ties included", () => {
  const random = seededRandom(1);
  for (const limit of [0, 1, 2, 3, 10, 63, 500]) {
    const hits = Array.from({ length: 300 }, (_, i) => ({
      id: `d${(i * 7) % 300}`,
      distance: Math.floor(random() * 40),
    }));
    const top = new TopHits(limit);
    for (const { id, distance } of hits) top.offer(id, distance);
    expect(top.list(), `limit ${limit}`).toEqual(hits.toSorted(compareHits).slice(0, limit));
  }
});

test("says beyond which distance an offer is in vain", () => {
  const top = new TopHits(2);
  expect(top.bound).toBe(Infinity);
  top.offer("a", 5);
  top.offer("b", 3);
  expect(top.bound).toBe(5);
  top.offer("c", 4);
  expect(top.bound).toBe(4);
  expect(new TopHits(0).bound).toBe(-Infinity);
});
