import { expect, test } from "vitest";
import {
  meanOf,
  measureRanking,
  overlapAt,
} from "../../../../src/cli/commands/evaluate/measures.ts";

const JUDGED = new Map([
  ["a", 2],
  ["b", 1],
  ["c", 0],
  ["d", -1],
  ["e", 3],
  ["f", 1],
]);
const LATE = [
  ...Array.from({ length: 10 }, (_, i) => `x${i}`),
  "a",
  ...Array.from({ length: 95 }, (_, i) => `y${i}`),
  "e",
];

// The expected values are those of pytrec-eval-terrier 0.5.11, which runs trec_eval.
test.for([
  { ranking: ["a", "b", "c"], map: 0.5, mrr: 1, at10: 0.5, at100: 0.5, ndcg: 0.506675 },
  {
    ranking: ["c", "d", "e", "a"],
    map: 0.208333,
    mrr: 0.333333,
    at10: 0.5,
    at100: 0.5,
    ndcg: 0.454759,
  },
  { ranking: ["x", "y"], map: 0, mrr: 0, at10: 0, at100: 0, ndcg: 0 },
  { ranking: ["f", "x", "e", "b", "a"], map: 0.804167, mrr: 1, at10: 1, at100: 1, ndcg: 0.713405 },
  { ranking: ["d", "c"], map: 0, mrr: 0, at10: 0, at100: 0, ndcg: 0 },
  { ranking: [], map: 0, mrr: 0, at10: 0, at100: 0, ndcg: 0 },
  { ranking: LATE, map: 0.0274, mrr: 0.090909, at10: 0, at100: 0.25, ndcg: 0 },
])("measures $ranking like trec_eval", ({ ranking, map, mrr, at10, at100, ndcg }) => {
  const measures = measureRanking(ranking, JUDGED, 1000);
  const expected = { "ndcg@10": ndcg, map, mrr, "recall@10": at10, "recall@100": at100 };
  expect(Object.keys(measures)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected))
    expect(measures[name], name).toBeCloseTo(value, 6);
});

test("an id that occurs again does not count again", () => {
  expect(measureRanking(["a", "a", "e"], JUDGED, 10)).toEqual(
    measureRanking(["a", "e"], JUDGED, 10),
  );
});

test("a recall beyond the number of results is left out", () => {
  expect(Object.keys(measureRanking(["a"], JUDGED, 10))).not.toContain("recall@100");
  expect(Object.keys(measureRanking(["a"], JUDGED, 9))).not.toContain("recall@10");
});

test("a query without a relevant document has the value 0", () => {
  const measures = measureRanking(["a"], new Map([["a", 0]]), 10);
  expect(new Set(Object.values(measures))).toEqual(new Set([0]));
});

test("the mean is that of each measure", () => {
  expect(
    meanOf([
      { map: 1, mrr: 0 },
      { map: 0.5, mrr: 0.5 },
    ]),
  ).toEqual({ map: 0.75, mrr: 0.25 });
  expect(meanOf([])).toEqual({});
});

test.for([
  { found: ["a", "b"], exact: ["b", "a"], part: 1 },
  { found: ["a", "x"], exact: ["a", "b"], part: 0.5 },
  { found: ["x", "y", "a"], exact: ["a", "b"], part: 0 },
  { found: ["a", "a"], exact: ["a", "b"], part: 0.5 },
  { found: [], exact: [], part: 1 },
])("$found holds $part of the first two of $exact", ({ found, exact, part }) => {
  expect(overlapAt(found, exact, 2)).toBe(part);
});
