import { describe, expect, test } from "vitest";
import type { CopyCondition, ShardPhase } from "../../../src/replication/replication.ts";
import type { ReplicaState } from "../../../src/supervisor/decide/replica-state.ts";
import {
  explainCopy,
  explainHealth,
  judgeCopy,
  judgeReplicas,
  judgeShard,
  worstHealth,
  type ShardFacts,
} from "../../../src/supervisor/decide/shard-state.ts";

const READY: ReplicaState = { name: "ready", processId: "p", startedAt: 0, servingSince: 1 };
const RECOVERING: ReplicaState = { ...READY, name: "recovering" };
const BACKOFF: ReplicaState = { name: "backoff", diedAt: 0, delayMs: 500 };
const STOPPED: ReplicaState = { name: "stopped", by: "user" };

interface Sketch {
  readonly condition: CopyCondition;
  readonly inSync: boolean;
  readonly state: ReplicaState;
}

/** A shard `i/0` whose first copy is the primary where there is one. */
function shard(
  phase: ShardPhase,
  sketches: readonly Sketch[],
  inSync = sketches.filter((copy) => copy.inSync).length,
): ShardFacts {
  const views = sketches.map(({ condition, inSync: isIn }, replica) => ({
    replica,
    copyId: `c${replica}`,
    processId: condition === "live" ? `p${replica}` : null,
    inSync: isIn,
    condition,
  }));
  return {
    address: "i/0",
    view: {
      term: 3,
      phase,
      inSync: Array.from({ length: inSync }, (_, member) => `c${member}`),
      primary: phase === "led" ? { copyId: "c0", processId: "p0" } : null,
      copies: views,
    },
    problem: null,
    copies: sketches.map(({ state }, replica) => ({
      address: `i/0/${replica}`,
      view: views[replica]!,
      state,
      failure: "was killed by SIGKILL",
      docs: replica,
      notices: replica === 0 ? [] : ["its files are damaged and kept in /w/1.damaged-1"],
    })),
  };
}

const LIVE: Sketch = { condition: "live", inSync: true, state: READY };
const CATCHING_UP: Sketch = { condition: "live", inSync: false, state: RECOVERING };
const DEAD: Sketch = { condition: "gone", inSync: false, state: BACKOFF };
const BY_HAND: Sketch = { condition: "stopped", inSync: true, state: STOPPED };

describe("a copy", () => {
  test.each<{
    rule: string;
    facts: ShardFacts;
    copy: number;
    state: string;
    reason: string | null;
  }>([
    {
      rule: "that holds every acknowledged write, under a primary, is STARTED",
      facts: shard("led", [LIVE, LIVE]),
      copy: 1,
      state: "STARTED",
      reason: null,
    },
    {
      rule: "that catches up is INITIALIZING",
      facts: shard("led", [LIVE, CATCHING_UP]),
      copy: 1,
      state: "INITIALIZING",
      reason: "it catches up with the primary",
    },
    {
      rule: "whose process starts is INITIALIZING",
      facts: shard("led", [LIVE, { ...CATCHING_UP, condition: "starting" }]),
      copy: 1,
      state: "INITIALIZING",
      reason: "its process starts and replays its log",
    },
    {
      rule: "of a shard that elects is INITIALIZING",
      facts: shard("electing", [LIVE]),
      copy: 0,
      state: "INITIALIZING",
      reason: "the shard chooses its primary",
    },
    {
      rule: "whose process died is UNASSIGNED, and comes back",
      facts: shard("led", [LIVE, DEAD]),
      copy: 1,
      state: "UNASSIGNED",
      reason: "its process was killed by SIGKILL; it is started again by itself",
    },
    {
      rule: "that the user stopped is UNASSIGNED",
      facts: shard("led", [LIVE, BY_HAND]),
      copy: 1,
      state: "UNASSIGNED",
      reason: "stopped by the user",
    },
    {
      rule: "outside the set of a red shard may not lead",
      facts: shard("red", [BY_HAND, CATCHING_UP]),
      copy: 1,
      state: "UNASSIGNED",
      reason: "it is not in the in-sync set, so it may lack acknowledged writes",
    },
    {
      rule: "that is unhealthy is still STARTED, and says so",
      facts: shard("led", [
        LIVE,
        { ...LIVE, state: { ...READY, name: "unhealthy", reason: "busy" } },
      ]),
      copy: 1,
      state: "STARTED",
      reason: "unhealthy: busy",
    },
  ])("$rule", ({ facts, copy, state, reason }) => {
    expect(judgeCopy(facts.view, facts.copies[copy]!)).toEqual({ state, reason });
  });
});

describe("the health of a shard", () => {
  test.each<[string, ShardFacts]>([
    ["green", shard("led", [LIVE, LIVE])],
    ["yellow", shard("led", [LIVE, CATCHING_UP])],
    ["yellow", shard("led", [LIVE, DEAD])],
    ["yellow", shard("led", [LIVE, BY_HAND])],
    ["yellow", shard("led", [LIVE, LIVE], 3)],
    ["red", shard("waiting", [LIVE, DEAD])],
    ["red", shard("electing", [LIVE, LIVE])],
    ["red", shard("red", [CATCHING_UP, DEAD])],
    ["red", shard("refused", [LIVE])],
  ])("is %s: case %#", (health, facts) => {
    expect(judgeShard(facts)).toBe(health);
    expect(explainHealth(facts) === null).toBe(health === "green");
  });

  test("red names the copies that would mend it", () => {
    expect(explainHealth({ ...shard("electing", [LIVE, LIVE]), problem: "the disk is full" })).toBe(
      "the disk is full",
    );
    expect(explainHealth(shard("red", [BY_HAND, CATCHING_UP]))).toBe(
      "none of the 1 in-sync copies (i/0/0) is there, and no other may lead: it may lack acknowledged writes",
    );
  });
});

test("replicas without state are red where nobody answers, yellow where not everybody does", () => {
  expect(judgeReplicas([READY, READY])).toBe("green");
  expect(judgeReplicas([READY, BACKOFF])).toBe("yellow");
  expect(judgeReplicas([BACKOFF])).toBe("red");
});

test("the worst decides", () => {
  expect(worstHealth(["green", "yellow", "red"])).toBe("red");
  expect(worstHealth(["green", "yellow"])).toBe("yellow");
  expect(worstHealth([])).toBe("green");
});

test("an explanation ends with what would change it", () => {
  const red = shard("red", [BY_HAND, CATCHING_UP]);
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
  const led = shard("led", [LIVE, LIVE]);
  expect(explainCopy(led, led.copies[0]!)).toEqual([
    "i/0/0: STARTED, primary under term 3, in the in-sync set",
  ]);
});
