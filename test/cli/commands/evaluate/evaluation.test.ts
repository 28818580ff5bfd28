import { expect, test } from "vitest";
import { parseFlow } from "../../../../src/cli/commands/evaluate/eval.ts";
import {
  compareWithExact,
  evaluate,
  formatRun,
  listMoved,
  selectJudged,
} from "../../../../src/cli/commands/evaluate/evaluation.ts";
import {
  formatMeans,
  formatMoved,
  formatOverlap,
} from "../../../../src/cli/commands/evaluate/report.ts";

const JUDGEMENTS = new Map(["1", "2", "3"].map((query) => [query, new Map([["a", 1]])]));
const QUERIES = new Map([
  ["1", "red shoes"],
  ["2", "blue shoes"],
  ["3", "shoes"],
]);
const ONE = new Map([
  ["1", ["a", "b"]],
  ["2", ["b", "a"]],
  ["3", ["b"]],
]);
const OTHER = new Map([
  ["1", ["b", "a"]],
  ["2", ["a", "b"]],
  ["3", ["b"]],
]);
const [one, other] = [ONE, OTHER].map((rankings) => evaluate(rankings, JUDGEMENTS, 2)) as [
  ReturnType<typeof evaluate>,
  ReturnType<typeof evaluate>,
];

test("the queries that moved are listed, those with the largest change first", () => {
  const third = evaluate(new Map([...ONE, ["1", []]]), JUDGEMENTS, 2);
  expect(listMoved(other, third).map(({ query }) => query)).toEqual(["1", "2"]);
  expect(listMoved(one, one)).toEqual([]);
});

test("two runs are shown next to each other, with the queries that moved", () => {
  expect(formatMeans(one, evaluate(new Map([["1", ["a"]]]), JUDGEMENTS, 2))).toBe(
    [
      "MEASURE   VALUE  AGAINST   CHANGE",
      "ndcg@10  0.5436   1.0000  -0.4564",
      "map      0.5000   1.0000  -0.5000",
      "mrr      0.5000   1.0000  -0.5000",
    ].join("\n"),
  );
  expect(formatMoved(one, other, { queries: QUERIES, width: undefined })).toBe(
    [
      "ndcg@10: 1 query is better, 1 worse, 1 equal",
      "",
      "QUERY   VALUE  AGAINST  TEXT",
      "1      1.0000   0.6309  red shoes",
      "2      0.6309   1.0000  blue shoes",
    ].join("\n"),
  );
});

test("an approximate search is compared with an exact one", () => {
  const found = new Map([...ONE, ["2", ["x", "a"]]]);
  expect(compareWithExact(found, ONE)).toEqual({
    mean: 2.5 / 3,
    worst: { query: "2", value: 0.5 },
    incomplete: 1,
  });
  expect(formatOverlap(compareWithExact(found, ONE), 3)).toBe(
    "approximate against exact search: 0.8333 of the first 10 results; 1 of 3 queries miss some, most of all query 2 (0.5000)",
  );
  expect(formatOverlap(compareWithExact(ONE, ONE), 3)).toContain(
    "all of them in each of 3 queries",
  );
});

test("a run is written in the format of trec_eval, in the order of the answer", () => {
  expect(formatRun(new Map([["1", ["b", "a", "b"]]]), 3)).toBe(
    "1 Q0 b 1 3 jflow\n1 Q0 a 2 2 jflow\n",
  );
});

test("only judged queries are asked", () => {
  expect([...selectJudged(QUERIES, new Map([["2", new Map()]])).keys()]).toEqual(["2"]);
  expect(() => selectJudged(QUERIES, new Map([["q2", new Map()]]))).toThrow(
    "no query has a judgement: the queries have ids such as 1, the judgements q2",
  );
});

test.for([
  { text: "search", flow: { name: "search" } },
  { text: "other/flow.yml", flow: { file: "other/flow.yml" } },
  { text: "other.yaml", flow: { file: "other.yaml" } },
  { text: "./other", flow: { file: "./other" } },
  { text: "grpc://127.0.0.1:8080", flow: { host: "grpc://127.0.0.1:8080" } },
])("--against $text names a flow", ({ text, flow }) => {
  expect(parseFlow(text)).toEqual(flow);
});
