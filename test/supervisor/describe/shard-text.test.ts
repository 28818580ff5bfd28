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
import {
  BACKOFF,
  BY_HAND,
  CATCHING_UP,
  DEAD,
  LIVE,
  READY,
  sketchShard,
  UNHEALTHY,
} from "../sketch-shard.ts";

describe("the reason of a copy", () => {
  const [copy] = sketchShard("led", [LIVE]).copies;
  test.each<[CopyCause | null, Partial<CopyFacts>, string | null]>([
    [null, {}, null],
    ["recovering", {}, "the copy catches up with the primary"],
    ["starting", {}, "the process starts and replays its log"],
    ["electing", {}, "the shard chooses its primary"],
    [
      "gone",
      { state: BACKOFF },
      "the process ended: killed by SIGKILL; the supervisor restarts it",
    ],
    ["gone", { state: { name: "pending" } }, "the process is not started yet"],
    ["gone", { state: { name: "failed", reason: "no model here" } }, "no model here"],
    ["gone", { state: { name: "held", reason: "it waits" } }, "it waits"],
    ["stopped", {}, "stopped by the user"],
    ["outsideSet", {}, "the copy may lack acknowledged writes, so it cannot become the primary"],
    ["lostRecords", {}, "the copy lost acknowledged records, so it cannot become the primary"],
    ["unknownData", {}, "the copy holds data, but state.json does not list the shard"],
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
  sketchShard("led", [UNHEALTHY, LIVE]),
  sketchShard("waiting", [LIVE, DEAD]),
  sketchShard("electing", [LIVE, LIVE]),
  sketchShard("red", [CATCHING_UP, DEAD]),
  sketchShard("refused", [LIVE]),
])("only a green shard has no reason: case %#", (facts) => {
  expect(explainHealth(facts) === null).toBe(judgeShard(facts) === "green");
});

test("a shard with a copy that does not answer is yellow, with the reason", () => {
  const facts = sketchShard("led", [UNHEALTHY, LIVE]);
  expect(judgeShard(facts)).toBe("yellow");
  expect(explainHealth(facts)).toBe("i/0/0 STARTED: unhealthy: busy");
});

test("a red shard names its missing in-sync copies", () => {
  expect(
    explainHealth({ ...sketchShard("electing", [LIVE, LIVE]), problem: "the disk is full" }),
  ).toBe("the disk is full");
  expect(explainHealth(sketchShard("red", [BY_HAND, CATCHING_UP]))).toBe(
    "no in-sync copy is available (missing: i/0/0): other copies may lack acknowledged writes, so they cannot become the primary",
  );
});

test("a red shard names the missing replicas that are not planned, and how to start them", () => {
  const red = sketchShard("red", [CATCHING_UP]);
  expect(explainHealth({ ...red, view: { ...red.view, needed: [1, 2] } })).toBe(
    "no in-sync copy is available (missing: i/0/1, i/0/2): other copies may lack acknowledged writes, so they cannot become the primary. jflow scale i=3 starts the missing replicas",
  );
});

test("an explanation ends with the remedies", () => {
  const red = sketchShard("red", [BY_HAND, CATCHING_UP]);
  expect(explainCopy(red, red.copies[0]!)).toEqual([
    "i/0/0: UNASSIGNED, replica, in the in-sync set: stopped by the user",
    "  jflow start i/0/0 starts the copy again",
  ]);
  expect(explainCopy(red, red.copies[1]!)).toEqual([
    "i/0/1: UNASSIGNED, replica, not in the in-sync set: the copy may lack acknowledged writes, so it cannot become the primary",
    "  found at its start: its files are damaged and kept in /w/1.damaged-1",
    "  the copy holds 1 document",
    "  jflow reroute --allocate-stale i/0/1 --accept-data-loss makes the copy the primary and loses the writes that only other copies hold",
  ]);
  const led = sketchShard("led", [LIVE, LIVE]);
  expect(explainCopy(led, led.copies[0]!)).toEqual([
    "i/0/0: STARTED, primary under term 3, in the in-sync set",
  ]);
});
