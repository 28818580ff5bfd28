import { describe, expect, test } from "vitest";
import { makeMatchMerger } from "../../../src/gateway/merge/match-merger.ts";
import { decodePlain, encodePlain, makeRandom, type PlainDocument } from "./plain-documents.ts";

const MATCH_MERGER = makeMatchMerger();
const INDEX_MERGER = makeMatchMerger(10);

function match(id: string, value: number, metric = "cosine"): PlainDocument {
  return { id, scores: { [metric]: { value } } };
}

function mergeMatches(
  lists: PlainDocument[][],
  parameters: Record<string, unknown> = {},
): string[] {
  const shards = lists.map((matches) => [encodePlain({ id: "q", matches })]);
  const merged = MATCH_MERGER.merge(shards, { endpoint: "/search", parameters }).map(decodePlain);
  expect(merged, "one query document comes back").toHaveLength(1);
  return (merged[0]!.matches ?? []).map(({ id }) => id);
}

describe("MatchMerger.merge", () => {
  test("ranks by score, smaller first, ties by id; a score of 0 counts", () => {
    const lists = [
      [match("c", 0.5), match("z", 0)],
      [match("a", 0.5), match("b", 0.25)],
    ];
    expect(mergeMatches(lists)).toEqual(["z", "b", "a", "c"]);
  });

  test("ten shards of twenty matches give two hundred", () => {
    const lists = Array.from({ length: 10 }, (_, s) =>
      Array.from({ length: 20 }, (_match, i) => match(`m${s}-${i}`, i * 10 + s)),
    );
    expect(mergeMatches(lists)).toHaveLength(200);
    const best = mergeMatches(lists, { limit: 20 });
    expect(best).toEqual(
      [0, 1].flatMap((i) => Array.from({ length: 10 }, (_shard, s) => `m${s}-${i}`)),
    );
  });

  test("offset and limit apply once, after the merge", () => {
    const lists = [
      [match("a", 1), match("c", 3)],
      [match("b", 2), match("d", 4)],
    ];
    expect(mergeMatches(lists, { offset: 1, limit: 2 })).toEqual(["b", "c"]);
  });

  test("a lone shard's matches are ranked and cut too", () => {
    expect(mergeMatches([[match("b", 2), match("a", 1), match("c", 3)]], { limit: 2 })).toEqual([
      "a",
      "b",
    ]);
  });

  test("the best of several matches with one id stays", () => {
    expect(mergeMatches([[match("a", 3), match("b", 2)], [match("a", 1)]])).toEqual(["a", "b"]);
  });

  test("matches without the score come last", () => {
    expect(
      mergeMatches([[{ id: "x" }, match("a", 3)], [match("b", 1, "l2")]], { metric: "cosine" }),
    ).toEqual(["a", "b", "x"]);
  });

  test("one of two metrics must be named", () => {
    const both = { id: "a", scores: { cosine: { value: 1 }, l2: { value: 2 } } };
    expect(() => mergeMatches([[both]])).toThrow("cosine, l2");
    expect(mergeMatches([[both]], { metric: "l2" })).toEqual(["a"]);
  });

  test("several query documents keep their own matches; their other fields merge by Jina's rule", () => {
    const shards = [
      [
        { id: "p", matches: [match("a", 2)] },
        { id: "q", text: "hi" },
      ],
      [
        { id: "q", tags: { k: "v" }, matches: [match("b", 1)] },
        { id: "p", matches: [match("c", 1)] },
      ],
    ];
    const merged = MATCH_MERGER.merge(
      shards.map((list) => list.map(encodePlain)),
      { endpoint: "/search", parameters: {} },
    ).map(decodePlain);
    expect(merged).toEqual([
      { id: "p", matches: [match("c", 1), match("a", 2)] },
      { id: "q", text: "hi", tags: { k: "v" }, matches: [match("b", 1)] },
    ]);
  });

  test("random shards give the page that one list of everything gives", () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = makeRandom(seed);
      const all = Array.from({ length: 40 }, (_, i) =>
        match(`m${i}`, Math.floor(random() * 8) / 4),
      );
      const lists: PlainDocument[][] = [[], [], []];
      for (const one of all) lists[Math.floor(random() * 3)]!.push(one);
      const offset = Math.floor(random() * 5);
      const limit = Math.floor(random() * 12);
      const value = (plain: PlainDocument): number => plain.scores!["cosine"]!.value;
      const expected = all
        .toSorted((a, b) => value(a) - value(b) || (a.id < b.id ? -1 : 1))
        .slice(offset, offset + limit)
        .map(({ id }) => id);
      expect(mergeMatches(lists, { offset, limit }), `seed ${seed}`).toEqual(expected);
    }
  });
});

describe("MatchMerger.before", () => {
  test.each([
    [{ limit: 5 }, { limit: 5 }],
    [
      { limit: 5, offset: 10 },
      { limit: 15, offset: 0 },
    ],
    [{ offset: 10 }, { limit: 20, offset: 0 }],
    [{ a: 1 }, { a: 1 }],
    // The executor defines its meaning.
    [
      { filter: { price: { $lt: 5 } }, search_after: [1] },
      { filter: { price: { $lt: 5 } }, search_after: [1] },
    ],
  ])("asks the shards of %j for %j", (parameters, expected) => {
    expect(MATCH_MERGER.before!({ endpoint: "/search", parameters })).toEqual(expected);
  });

  test.each([
    [{ limit: 9_000, offset: 1_001 }, "offset + limit is 10001"],
    [{ limit: -1 }, "limit is -1: it must be a whole number from 0 to 10000"],
    [{ limit: "3" }, 'limit is "3": it must be a whole number from 0 to 10000'],
    [{ offset: "3" }, 'offset is "3": it must be a whole number'],
  ])("refuses %j", (parameters, message) => {
    expect(() => MATCH_MERGER.before!({ endpoint: "/search", parameters })).toThrow(message);
  });
});

describe("the merger of a built-in index", () => {
  const shardsOf = (count: number): Uint8Array[][] =>
    [0, 1].map((shard) => {
      const matches = Array.from({ length: count }, (_, i) => match(`m${shard}-${i}`, i));
      return [encodePlain({ id: "q", matches })];
    });
  const lists = [
    Array.from({ length: 10 }, (_, i) => encodePlain({ id: `a${i}` })),
    Array.from({ length: 10 }, (_, i) => encodePlain({ id: `b${i}` })),
  ];
  const idsOf = (endpoint: string, parameters: Record<string, unknown>): string[] =>
    INDEX_MERGER.merge(lists, { endpoint, parameters }).map((bytes) => decodePlain(bytes).id);

  test.each([
    { parameters: {}, count: 10 },
    { parameters: { limit: null, offset: null }, count: 10 },
    { parameters: { limit: 15 }, count: 15 },
    { parameters: { offset: 3 }, count: 10 },
  ])("a search with $parameters gives $count matches in all", ({ parameters, count }) => {
    const request = { endpoint: "/search", parameters };
    const [query] = INDEX_MERGER.merge(shardsOf(20), request).map(decodePlain);
    expect(query!.matches).toHaveLength(count);
  });

  test.each([
    { parameters: {}, from: "a0", count: 10 },
    { parameters: { limit: 5 }, from: "a0", count: 5 },
    { parameters: { offset: 5 }, from: "a5", count: 10 },
    { parameters: { offset: 12, limit: 3 }, from: "b2", count: 3 },
  ])("a list of documents is cut once by $parameters", ({ parameters, from, count }) => {
    const ids = idsOf("/filter", parameters);
    expect([ids[0], ids.length]).toEqual([from, count]);
  });

  test("documents by id are not cut, and their matches stay", () => {
    expect(idsOf("/get", {})).toHaveLength(20);
  });

  test("shards are asked for the default limit and the offset together", () => {
    const request = { endpoint: "/filter", parameters: { offset: 5 } };
    expect(makeMatchMerger(20).before!(request)).toEqual({ limit: 25, offset: 0 });
  });
});
