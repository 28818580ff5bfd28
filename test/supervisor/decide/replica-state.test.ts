import { describe, expect, test } from "vitest";
import {
  describeState,
  isServing,
  NEW_LIFE,
  onDraining,
  onExited,
  onHeard,
  onHeld,
  onHello,
  onKilled,
  onReadable,
  onSettled,
  onSilent,
  onStarted,
  onWantedAgain,
  type ExitContext,
  type Life,
} from "../../../src/supervisor/decide/replica-state.ts";

const CRASH = { code: 1, signal: null };
const KILLED = { code: null, signal: "SIGKILL" };

function context(at: number, more: Partial<ExitContext> = {}): ExitContext {
  return { at, unwanted: false, leaderless: false, ...more };
}

function started(life: Life = NEW_LIFE, at = 0): Life {
  return onStarted(life, "p1", at);
}

function ready(life: Life = NEW_LIFE, at = 0): Life {
  return onHello(started(life, at), at, false);
}

describe("a replica without state", () => {
  test("is ready with its hello", () => {
    expect(onHello(started(), 7, false).state).toEqual({
      name: "ready",
      processId: "p1",
      startedAt: 0,
      servingSince: 7,
    });
  });

  test("a hello that comes when it is being killed changes nothing", () => {
    const life = onKilled(started(), "told to");
    expect(onHello(life, 7, false)).toBe(life);
  });

  test("three starts in a row that came to nothing are final, and the waits between them grow", () => {
    const first = onExited(started(), CRASH, context(100));
    const second = onExited(started(first), CRASH, context(200));
    const third = onExited(started(second), CRASH, context(300));
    expect(first.state).toEqual({ name: "backoff", diedAt: 100, delayMs: 500 });
    expect(second.state).toEqual({ name: "backoff", diedAt: 200, delayMs: 1000 });
    expect(third.state).toEqual({
      name: "failed",
      reason: "exited 1 before it was ready, 3 times in a row",
    });
  });

  test("one that has served once is started again without end", () => {
    let life = onExited(ready(), CRASH, context(10));
    for (let death = 0; death < 10; death += 1) life = onExited(started(life), CRASH, context(20));
    expect(life.state.name).toBe("backoff");
    expect(life.restarts).toBe(11);
  });

  test("after it lived, it is started again after 0.5 s, whatever the wait was before", () => {
    const life = onExited({ ...ready(), delayMs: 16_000 }, KILLED, context(60_000));
    expect(life.state).toEqual({ name: "backoff", diedAt: 60_000, delayMs: 500 });
  });

  test("a limit of restarts makes it fail", () => {
    const once = onExited(ready(), KILLED, context(10_000, { maxRestarts: 1 }));
    const twice = onExited(ready(once), KILLED, context(20_000, { maxRestarts: 1 }));
    expect(twice.state).toEqual({
      name: "failed",
      reason: "was killed by SIGKILL after 1 restarts, and no more are allowed",
    });
  });

  test("a reason that makes starting again pointless is final", () => {
    expect(
      onExited(started(), KILLED, context(1, { final: "not ready within 600 s" })).state,
    ).toEqual({
      name: "failed",
      reason: "not ready within 600 s",
    });
  });

  test("one that is not wanted is stopped, however it ended", () => {
    expect(onExited(onDraining(ready(), 99), CRASH, context(1, { unwanted: true })).state).toEqual({
      name: "stopped",
    });
  });

  test("a kill remembers since when it served, so that a hung one does not count as dying young", () => {
    const life = onExited(
      { ...onKilled(ready(), "hangs"), delayMs: 8_000 },
      KILLED,
      context(10_000),
    );
    expect(life.state).toEqual({ name: "backoff", diedAt: 10_000, delayMs: 500 });
  });

  test("being wanted again forgets the failures, but not the restarts", () => {
    const failed: Life = {
      ...NEW_LIFE,
      state: { name: "failed", reason: "x" },
      failedStarts: 3,
      restarts: 2,
      delayMs: 1000,
    };
    expect(onWantedAgain(failed)).toEqual({ ...NEW_LIFE, restarts: 2 });
    expect(onWantedAgain(ready()).state.name).toBe("ready");
  });
});

describe("a copy of a shard", () => {
  const recovering = onHello(started(), 5, true);

  test("recovers after its hello, is ready while it may be read, and serves all the time", () => {
    const life = onReadable(recovering, true);
    expect(recovering.state.name).toBe("recovering");
    expect(life.state.name).toBe("ready");
    expect(onReadable(life, false).state.name).toBe("recovering");
    expect([recovering, life].every(({ state }) => isServing(state))).toBe(true);
  });

  test("is unhealthy while it is silent, and where it was before once it is heard", () => {
    const silent = onSilent(recovering, "no answer");
    expect(describeState(silent.state)).toBe("unhealthy: no answer");
    expect(onHeard(silent, true).state.name).toBe("ready");
    expect(onHeard(silent, false).state.name).toBe("recovering");
    expect(onHeard(recovering, true)).toBe(recovering);
  });

  test("held back it is failed with the reason; one that has a process is not touched", () => {
    const dead = onExited(recovering, KILLED, context(9));
    expect(onHeld(dead, "it died twice applying record 7").state).toEqual({
      name: "failed",
      reason: "it died twice applying record 7",
    });
    expect(onHeld(recovering, "x")).toBe(recovering);
  });
});

test("only what has no process can be called stopped", () => {
  expect(onSettled(NEW_LIFE).state.name).toBe("stopped");
  expect(onSettled(ready()).state.name).toBe("ready");
});

test("what is not live cannot be drained or killed", () => {
  expect(onDraining(NEW_LIFE, 5)).toBe(NEW_LIFE);
  expect(onKilled(NEW_LIFE, "x")).toBe(NEW_LIFE);
});
