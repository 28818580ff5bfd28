import { expect, test } from "vitest";
import { shardOfKey } from "../../../src/model/shard/routing.ts";
import { planReshard } from "../../../src/supervisor/decide/reshard-plan.ts";

const question = { deployment: "notes", shards: 3, routingShards: 768, wanted: 6 };

test("a multiple of the shards keeps the hash space: each takes its documents from one old shard", () => {
  expect(planReshard(question)).toEqual({ routingShards: 768 });
  const keys = Array.from({ length: 10_000 }, (_, i) => `doc-${i}`);
  const strays = keys.filter(
    (key) => Math.floor(shardOfKey(key, 6, 768) / 2) !== shardOfKey(key, 3, 768),
  );
  expect(strays).toEqual([]);
});

test("a number that does not divide the hash space gets a new hash space", () => {
  expect(planReshard({ ...question, wanted: 5 })).toEqual({ routingShards: 640 });
});

test("fewer shards that divide the hash space keep it", () => {
  expect(planReshard({ ...question, shards: 4, routingShards: 1024, wanted: 2 })).toEqual({
    routingShards: 1024,
  });
});

test("a reshard without a change or without data is refused", () => {
  expect(() => planReshard({ ...question, shards: undefined })).toThrow(/"notes" has no data/);
  expect(() => planReshard({ ...question, wanted: 3 })).toThrow(/is already in 3 shards/);
});
