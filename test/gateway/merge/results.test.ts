import { expect, test } from "vitest";
import { mergeResults, readResults } from "../../../src/gateway/merge/results.ts";

test("__results__ of several answers are united, the later wins", () => {
  const answers = [
    { __results__: { a: 1, b: 1 } },
    {},
    { __results__: { b: 2 } },
    { __results__: 7 },
  ];
  expect(mergeResults(answers.map(readResults))).toEqual({ a: 1, b: 2 });
});
