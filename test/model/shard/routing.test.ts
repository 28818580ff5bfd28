import { expect, test } from "vitest";
import { chooseRoutingShards, shardOfKey } from "../../../src/model/shard/routing.ts";

test.each([
  [1, 1024],
  [2, 1024],
  [3, 768],
  [5, 640],
  [9, 576],
  [512, 1024],
  [1024, 2048],
])("%i shards divide %i routing shards", (shards, routingShards) => {
  expect(chooseRoutingShards(shards)).toBe(routingShards);
});

test.each([
  ["", 0, 0],
  ["a", 0, 1],
  ["abc", 0, 4],
  ["hello", 2, 4],
  ["doc-1", 0, 2],
  ["user:42", 1, 3],
  ["héllo", 2, 1],
  ["日本語", 2, 2],
  ["🚀", 1, 0],
])("the key %j lies in shard %i of 3 and %i of 5", (key, ofThree, ofFive) => {
  expect(shardOfKey(key, 3, 768)).toBe(ofThree);
  expect(shardOfKey(key, 5, 640)).toBe(ofFive);
});

test("multiplying the shards within one hash space nests them", () => {
  for (let i = 0; i < 10_000; i++) {
    const key = `doc-${i}`;
    expect(Math.floor(shardOfKey(key, 6, 768) / 2)).toBe(shardOfKey(key, 3, 768));
  }
});

test("keys spread evenly", () => {
  const counts = Array.from({ length: 5 }, () => 0);
  for (let i = 0; i < 100_000; i++) counts[shardOfKey(`doc-${i}`, 5, 640)]! += 1;
  expect(Math.max(...counts) / 20_000).toBeLessThan(1.03);
});
