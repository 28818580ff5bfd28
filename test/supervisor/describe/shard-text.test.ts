import { describe, expect, test } from "vitest";
import {
  judgeShard,
  type CopyCause,
  type CopyFacts,
  type ShardFacts,
} from "../../../src/supervisor/decide/shard-state.ts";
import {
  describeCause,
  explainCopy,
  explainHealth,
} from "../../../src/supervisor/describe/shard-text.ts";
import { BACKOFF, BY_HAND, CATCHING_UP, DEAD, LIVE, READY, sketchShard } from "../sketch-shard.ts";

describe("the reason of a copy", () => {
  const [copy] = sketchShard("led", [LIVE]).copies;
  test.each<[CopyCause | null, Partial<CopyFacts>, string | null]>([
    [null, {}, null],
    ["recovering", {}, "it catches up with the primary"],
    ["starting", {}, "its process starts and replays its log"],
    ["electing", {}, "the shard chooses its primary"],
    [
      "gone",
      { state: BACKOFF },
      "its process was killed by SIGKILL; it is started again by itself",
    ],
    ["gone", { state: { name: "pending" } }, "its process is not started yet"],
    ["gone", { state: { name: "failed", reason: "no model here" } }, "no model here"],
    ["gone", { state: { name: "held", reason: "it waits" } }, "it waits"],
    ["stopped", {}, "stopped by the user"],
    ["outsideSet", {}, "it is not in the in-sync set, so it may lack acknowledged writes"],
    ["lostRecords", {}, "it lost records that were acknowledged, so it may not lead"],
    ["unknownData", {}, "state.json knows nothing of this shard, but a copy holds data"],
    ["unhealthy", { state: { ...READY, name: "unhealthy", reason: "busy" } }, "unhealthy: busy"],
  ])("%s %j", (cause, facts, reason) => {
    expect(describeCause({ ...copy!, ...facts }, cause)).toBe(reason);
  });
});

test.each<ShardFacts>([
  sketchShard("led", [LIVE, LIVE]),
  sketchShard("led", [LIVE, CATCHING_UP]),
  sketchShard("led", [LIVE, DEAD]),
  sketchShard("led", [LIVE, BY_HAND]),
  sketchShard("led", [LIVE, LIVE], 3),
  sketchShard("waiting", [LIVE, DEAD]),
  sketchShard("electing", [LIVE, LIVE]),
  sketchShard("red", [CATCHING_UP, DEAD]),
  sketchShard("refused", [LIVE]),
])("only a green shard has no reason: case %#", (facts) => {
  expect(explainHealth(facts) === null).toBe(judgeShard(facts) === "green");
});

test("red names the copies that would mend it", () => {
  expect(
    explainHealth({ ...sketchShard("electing", [LIVE, LIVE]), problem: "the disk is full" }),
  ).toBe("the disk is full");
  expect(explainHealth(sketchShard("red", [BY_HAND, CATCHING_UP]))).toBe(
    "none of the 1 in-sync copies (i/0/0) is there, and no other may lead: it may lack acknowledged writes",
  );
});

test("an explanation ends with what would change it", () => {
  const red = sketchShard("red", [BY_HAND, CATCHING_UP]);
  expect(explainCopy(red, red.copies[0]!)).toEqual([
    "i/0/0: UNASSIGNED, replica, in the in-sync set: stopped by the user",
    "  jflow start i/0/0 starts it again",
  ]);
  expect(explainCopy(red, red.copies[1]!)).toEqual([
    "i/0/1: UNASSIGNED, replica, not in the in-sync set: it is not in the in-sync set, so it may lack acknowledged writes",
    "  at its start: its files are damaged and kept in /w/1.damaged-1",
    "  it holds 1 document",
    "  jflow reroute --allocate-stale i/0/1 --accept-data-loss makes it the primary: what only other copies hold is lost",
  ]);
  const led = sketchShard("led", [LIVE, LIVE]);
  expect(explainCopy(led, led.copies[0]!)).toEqual([
    "i/0/0: STARTED, primary under term 3, in the in-sync set",
  ]);
});
