import { expect, test } from "vitest";
import { markWholeTags, writeJson } from "../../../../src/gateway/fronts/json/whole-tags.ts";

test("whole numbers of tags get a decimal point, in chunks and matches too; all else stays", () => {
  const tags = {
    one: 1,
    zero: 0,
    below: -3,
    half: 0.5,
    text: "1",
    yes: true,
    none: null,
    deep: { k: 1 },
  };
  const json = markWholeTags({
    granularity: 1,
    tags,
    chunks: [{ tags: { c: 0 }, chunks: null, matches: null }],
    matches: [{ tags: null, chunks: null, matches: [{ tags: { m: 2 ** 60 } }] }],
  });
  expect(writeJson(json)).toBe(
    '{"granularity":1,"tags":{"one":1.0,"zero":0.0,"below":-3.0,"half":0.5,"text":"1","yes":true,"none":null,"deep":{"k":1}},' +
      '"chunks":[{"tags":{"c":0.0},"chunks":null,"matches":null}],' +
      '"matches":[{"tags":null,"chunks":null,"matches":[{"tags":{"m":1152921504606847000}}]}]}',
  );
});
