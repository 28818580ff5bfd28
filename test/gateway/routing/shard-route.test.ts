import { describe, expect, test } from "vitest";
import { shardOfKey } from "../../../src/model/shard/routing.ts";
import {
  orderAnswers,
  planRoute,
  type RouteQuestion,
} from "../../../src/gateway/routing/shard-route.ts";

const IDS = ["a", "abc", "hello", "doc-1", "user:42", "héllo", "日本語", "🚀"];

function ask(changes: Partial<RouteQuestion>): ReturnType<typeof planRoute> {
  return planRoute({
    shards: 3,
    routingShards: 768,
    polling: "HASH",
    isWrite: true,
    turn: 0,
    documents: IDS.length,
    keyAt: (position) => IDS[position]!,
    ...changes,
  });
}

describe("planRoute", () => {
  test.each([0, 1, 2, 3, 7])(
    "ANY asks shard (turn mod shards) at turn %i, from shard 0",
    (turn) => {
      expect(ask({ polling: "ANY", turn })).toEqual({ kind: "one", shard: turn % 3 });
    },
  );

  test("one shard is asked whole, without a look at the documents", () => {
    const keyAt = (): string => {
      throw new Error("looked");
    };
    expect(ask({ shards: 1, keyAt })).toEqual({ kind: "one", shard: 0 });
  });

  test("ALL asks every shard", () => {
    expect(ask({ polling: "ALL" })).toEqual({ kind: "all" });
  });

  test("HASH sends each document to the shard of its key, in the order of the request", () => {
    expect(ask({})).toEqual({
      kind: "slices",
      slices: [
        { shard: 0, positions: [0, 1, 3] },
        { shard: 1, positions: [4, 7] },
        { shard: 2, positions: [2, 5, 6] },
      ],
    });
  });

  test("HASH leaves out shards without a document", () => {
    expect(ask({ documents: 2 })).toEqual({
      kind: "slices",
      slices: [{ shard: 0, positions: [0, 1] }],
    });
  });

  test("HASH without documents asks every shard: a delete by parameters finds its document", () => {
    expect(ask({ documents: 0 })).toEqual({ kind: "all" });
  });

  test.each([
    ["HASH", true],
    ["HASH", false],
    ["ALL", false],
  ] as const)("a routing key asks its own shard alone (%s, write %s)", (polling, isWrite) => {
    expect(ask({ polling, isWrite, routingKey: "hello" })).toEqual({
      kind: "one",
      shard: shardOfKey("hello", 3, 768),
    });
  });

  test("a routing key does not narrow a write polled ALL, whose documents lie where their turn put them", () => {
    expect(ask({ polling: "ALL", routingKey: "hello" })).toEqual({ kind: "all" });
  });
});

describe("orderAnswers", () => {
  const slices = [
    { shard: 0, positions: [1, 3] },
    { shard: 2, positions: [0, 2] },
  ];

  test("whole answers are in request order", () => {
    expect(
      orderAnswers(slices, [
        ["b", "d"],
        ["a", "c"],
      ]),
    ).toEqual(["a", "b", "c", "d"]);
  });

  test("one slice with fewer documents puts the whole answer in shard order", () => {
    expect(orderAnswers(slices, [["b"], ["a", "c"]])).toEqual(["b", "a", "c"]);
  });

  test("one slice with more documents puts the whole answer in shard order", () => {
    expect(
      orderAnswers(slices, [
        ["b", "x", "d"],
        ["a", "c"],
      ]),
    ).toEqual(["b", "x", "d", "a", "c"]);
  });
});
