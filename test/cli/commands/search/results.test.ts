import { expect, test } from "vitest";
import {
  formatResults,
  listResults,
  pickFields,
} from "../../../../src/cli/commands/search/results.ts";
import { Document } from "../../../../src/document/document.ts";

const OPTIONS = { queryId: "q", limit: 10, offset: 0, withEmbeddings: false };

function match(id: string, value: number): Document {
  return new Document({
    id,
    text: `the text of ${id}\nin two lines`,
    tags: { price: 9.5, maker: { name: "Acme" } },
    embedding: [1, 2],
    scores: { cosine: { value } },
  });
}

const ANSWER = [
  new Document({
    id: "q",
    text: "lamp",
    embedding: [1, 2],
    matches: [match("a", 0.25), match("b", 1)],
  }),
];

test("results are a table of rank, score, id, text and the given fields", () => {
  const results = listResults(ANSWER, OPTIONS);
  expect(formatResults(results, ["price", "maker.name", "none"], undefined)).toBe(
    [
      "RANK   SCORE  ID  TEXT                        PRICE  MAKER.NAME  NONE",
      "   1  0.2500  a   the text of a in two lines  9.5    Acme        -",
      "   2  1.0000  b   the text of b in two lines  9.5    Acme        -",
    ].join("\n"),
  );
});

test("a tag that is a list is a cell with its values", () => {
  const tags = { colors: ["red", "blue"], none: [] };
  const answer = new Document({ id: "q", matches: [new Document({ id: "a", tags })] });
  const table = formatResults(listResults([answer], OPTIONS), ["colors", "none"], undefined);
  expect(table.split("\n")[1]).toMatch(/ red, blue +\[\]$/);
});

test.each([80, 50, 40])("a table of long texts fits %s columns", (width) => {
  const long = new Document({
    id: "q",
    matches: [new Document({ id: "x", text: "w ".repeat(500) })],
  });
  const table = formatResults(listResults([long], OPTIONS), ["price"], width);
  expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(width);
});

test("embeddings are left out unless they are asked for", () => {
  expect(listResults(ANSWER, OPTIONS)[0]!.json).not.toHaveProperty("embedding");
  const whole = listResults(ANSWER, { ...OPTIONS, withEmbeddings: true });
  expect(whole[0]!.json["embedding"]).toEqual([1, 2]);
});

test("JSON has all fields, or the fields that are asked for", () => {
  const [first] = listResults(ANSWER, { ...OPTIONS, offset: 5 });
  expect(first!.rank).toBe(6);
  expect(pickFields(first!, [])).toMatchObject({ rank: 6, id: "a", tags: { price: 9.5 } });
  expect(pickFields(first!, ["price"])).toEqual({
    rank: 6,
    id: "a",
    scores: { cosine: { value: 0.25 } },
    price: 9.5,
  });
});

test("documents that an executor returns in place of the query are results, an echo is not", () => {
  const returned = [new Document({ id: "x", text: "found" })];
  expect(listResults(returned, OPTIONS).map(({ json }) => json["id"])).toEqual(["x"]);
  expect(listResults([new Document({ id: "q", text: "lamp" })], OPTIONS)).toEqual([]);
});
