import { expect, test } from "vitest";
import {
  parseJudgements,
  parseQueries,
} from "../../../../src/cli/commands/evaluate/read-judgements.ts";

test.for([
  { kind: "tabs", content: "1\tred shoes\n\n2\tblue\tshoes\r\n" },
  { kind: "a byte order mark", content: "\uFEFF1\tred shoes\n2\tblue shoes" },
  {
    kind: "JSON Lines",
    content: '{"_id":"1","text":"red shoes"}\n{"_id":"2","text":"blue shoes","metadata":{}}\n',
  },
])("queries are read from $kind", ({ content }) => {
  expect([...parseQueries(content, "q.tsv")]).toEqual([
    ["1", "red shoes"],
    ["2", "blue shoes"],
  ]);
});

test.for([
  { content: "1\tred\nred shoes\n", error: "q.tsv:2 expected an id, a tab and the text" },
  { content: "1\t \n", error: "q.tsv:1 expected an id, a tab and the text" },
  { content: '{"_id":1,"text":"red"}', error: 'q.tsv:1 expected {"_id": "1", "text":' },
  { content: '{"_id":"1"', error: 'q.tsv:1 expected {"_id": "1", "text":' },
  { content: "1\tred\n1\tblue\n", error: "q.tsv:2 query 1 occurs again" },
  { content: "\n", error: "q.tsv has no queries" },
])("queries $content are refused: $error", ({ content, error }) => {
  expect(() => parseQueries(content, "q.tsv")).toThrow(error);
});

test.for([
  { kind: "trec_eval", content: "1 0 a 2\n1 0 b -1\n2\t0\tc\t1\n" },
  { kind: "BEIR", content: "query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t-1\n2\tc\t1\n" },
])("judgements are read as $kind writes them", ({ content }) => {
  expect(parseJudgements(content, "qrels.txt")).toEqual(
    new Map([
      [
        "1",
        new Map([
          ["a", 2],
          ["b", -1],
        ]),
      ],
      ["2", new Map([["c", 1]])],
    ]),
  );
});

test.for([
  { content: "1 0 a 2\n1 0 b\n", error: "qrels.txt:2 expected a query" },
  { content: "1 0 a 2 3\n", error: "qrels.txt:1 expected a query" },
  { content: "1 0 a high\n", error: "qrels.txt:1 expected a query" },
  { content: "a\n", error: "qrels.txt:1 expected a query" },
  { content: "", error: "qrels.txt has no judgements" },
])("judgements $content are refused: $error", ({ content, error }) => {
  expect(() => parseJudgements(content, "qrels.txt")).toThrow(error);
});
