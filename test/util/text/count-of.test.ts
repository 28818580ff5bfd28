import { expect, test } from "vitest";
import { countOf } from "../../../src/util/text/count-of.ts";

test.each([
  [0, "0 shards"],
  [1, "1 shard"],
  [2, "2 shards"],
])("%i is told as %s", (number, told) => {
  expect(countOf(number, "shard")).toBe(told);
});

test("a plural that is no noun with an s is given", () => {
  expect([1, 2].map((number) => countOf(number, "copy", "copies"))).toEqual(["1 copy", "2 copies"]);
});
