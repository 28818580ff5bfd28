import { describe, expect, test } from "vitest";
import {
  judgeCopy,
  judgeReplicas,
  judgeShard,
  worstHealth,
  type CopyCause,
  type ShardFacts,
} from "../../../src/supervisor/decide/shard-state.ts";
import { BACKOFF, BY_HAND, CATCHING_UP, DEAD, LIVE, READY, sketchShard } from "../sketch-shard.ts";

describe("a copy", () => {
  test.each<{
    rule: string;
    facts: ShardFacts;
    copy: number;
    state: string;
    cause: CopyCause | null;
  }>([
    {
      rule: "that holds every acknowledged write and has a primary is STARTED",
      facts: sketchShard("led", [LIVE, LIVE]),
      copy: 1,
      state: "STARTED",
      cause: null,
    },
    {
      rule: "that catches up is INITIALIZING",
      facts: sketchShard("led", [LIVE, CATCHING_UP]),
      copy: 1,
      state: "INITIALIZING",
      cause: "recovering",
    },
    {
      rule: "whose process starts is INITIALIZING",
      facts: sketchShard("led", [LIVE, { ...CATCHING_UP, condition: "starting" }]),
      copy: 1,
      state: "INITIALIZING",
      cause: "starting",
    },
    {
      rule: "of a shard that chooses its primary is INITIALIZING",
      facts: sketchShard("electing", [LIVE]),
      copy: 0,
      state: "INITIALIZING",
      cause: "electing",
    },
    {
      rule: "whose process exited is UNASSIGNED",
      facts: sketchShard("led", [LIVE, DEAD]),
      copy: 1,
      state: "UNASSIGNED",
      cause: "gone",
    },
    {
      rule: "that the user stopped is UNASSIGNED",
      facts: sketchShard("led", [LIVE, BY_HAND]),
      copy: 1,
      state: "UNASSIGNED",
      cause: "stopped",
    },
    {
      rule: "outside the in-sync set of a red shard is UNASSIGNED",
      facts: sketchShard("red", [BY_HAND, CATCHING_UP]),
      copy: 1,
      state: "UNASSIGNED",
      cause: "outsideSet",
    },
    {
      rule: "in the in-sync set of a red shard has lost records",
      facts: sketchShard("red", [LIVE]),
      copy: 0,
      state: "UNASSIGNED",
      cause: "lostRecords",
    },
    {
      rule: "with data that state.json does not name is UNASSIGNED",
      facts: sketchShard("refused", [LIVE]),
      copy: 0,
      state: "UNASSIGNED",
      cause: "unknownData",
    },
    {
      rule: "that is unhealthy is still STARTED",
      facts: sketchShard("led", [
        LIVE,
        { ...LIVE, state: { ...READY, name: "unhealthy", reason: "busy" } },
      ]),
      copy: 1,
      state: "STARTED",
      cause: "unhealthy",
    },
  ])("$rule", ({ facts, copy, state, cause }) => {
    expect(judgeCopy(facts.view, facts.copies[copy]!)).toEqual({ state, cause });
  });
});

describe("the health of a shard", () => {
  test.each<[string, ShardFacts]>([
    ["green", sketchShard("led", [LIVE, LIVE])],
    ["yellow", sketchShard("led", [LIVE, CATCHING_UP])],
    ["yellow", sketchShard("led", [LIVE, DEAD])],
    ["yellow", sketchShard("led", [LIVE, BY_HAND])],
    ["yellow", sketchShard("led", [LIVE, LIVE], 3)],
    ["red", sketchShard("waiting", [LIVE, DEAD])],
    ["red", sketchShard("electing", [LIVE, LIVE])],
    ["red", sketchShard("red", [CATCHING_UP, DEAD])],
    ["red", sketchShard("refused", [LIVE])],
  ])("is %s: case %#", (health, facts) => {
    expect(judgeShard(facts)).toBe(health);
  });
});

test("replicas without state are red where no replica is ready, yellow where one is missing", () => {
  expect(judgeReplicas([READY, READY])).toBe("green");
  expect(judgeReplicas([READY, BACKOFF])).toBe("yellow");
  expect(judgeReplicas([BACKOFF])).toBe("red");
});

test("the worst health decides", () => {
  expect(worstHealth(["green", "yellow", "red"])).toBe("red");
  expect(worstHealth(["green", "yellow"])).toBe("yellow");
  expect(worstHealth([])).toBe("green");
});
