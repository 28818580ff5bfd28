import { describe, expect, test } from "vitest";
import { resolveParameters } from "../../../src/gateway/walk/parameters.ts";

describe("resolveParameters", () => {
  test.each([
    ["plain keys reach every deployment", { limit: 3 }, { limit: 3 }],
    ["name__key becomes key", { indexer__limit: 3 }, { limit: 3 }],
    ["name__key wins over key", { indexer__limit: 3, limit: 9 }, { limit: 3 }],
    ["keys of others are left out", { other__limit: 3, a: 1 }, { a: 1 }],
    ["the key may hold further underscores", { indexer__a__b: 1 }, { a__b: 1 }],
    ["keys that begin with __ pass", { __results__: {}, __x: 1 }, { __results__: {}, __x: 1 }],
    ["keys that end with __ pass", { x__: 1 }, { x__: 1 }],
    [
      "the map of that name is merged, wins, and stays",
      { indexer: { limit: 5 }, limit: 1, indexer__limit: 2 },
      { indexer: { limit: 5 }, limit: 5 },
    ],
    ["a map of another name is a plain key", { other: { limit: 5 } }, { other: { limit: 5 } }],
    ["a list of that name is a plain key", { indexer: [1] }, { indexer: [1] }],
  ])("%s", (_rule, parameters, expected) => {
    expect(resolveParameters(parameters, "indexer")).toEqual(expected);
  });

  test("returns the same object where nothing changes", () => {
    const parameters = { limit: 3, other: { x: 1 } };
    expect(resolveParameters(parameters, "indexer")).toBe(parameters);
  });
});
