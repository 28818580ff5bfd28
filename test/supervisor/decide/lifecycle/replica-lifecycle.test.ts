import { describe, expect, test } from "vitest";
import {
  NEW_LIFECYCLE,
  type ExitContext,
  type LifecycleEvent,
  type ReplicaLifecycle,
} from "../../../../src/supervisor/decide/lifecycle/lifecycle-events.ts";
import { onLifecycleEvent } from "../../../../src/supervisor/decide/lifecycle/replica-lifecycle.ts";
import { isServing, type Exit } from "../../../../src/supervisor/decide/lifecycle/replica-state.ts";
import { describeState } from "../../../../src/supervisor/describe/replica-text.ts";

const CRASH = { code: 1, signal: null };
const KILLED = { code: null, signal: "SIGKILL" };
const STOP = { type: "stopRequested" } as const;
const START = { type: "startRequested" } as const;
const HELD = { type: "held", reason: "it died twice applying record 7" } as const;

function after(lifecycle: ReplicaLifecycle, ...events: LifecycleEvent[]): ReplicaLifecycle {
  return events.reduce((last, event) => onLifecycleEvent(last, event), lifecycle);
}

function exit(at: number, how: Exit = CRASH, more: Partial<ExitContext> = {}): LifecycleEvent {
  const context = { at, isFlowStopping: false, leaderless: false, random: 0.5, ...more };
  return { type: "exited", exit: how, context };
}

const start = (at = 0): LifecycleEvent => ({ type: "started", processId: "p1", at });
const introduce = (at = 0, isStateful = false): LifecycleEvent => ({
  type: "introduced",
  at,
  isStateful,
});
const kill = (reason: string, final = false): LifecycleEvent => ({ type: "killed", reason, final });
const heartbeat = (isReadable: boolean): LifecycleEvent => ({ type: "heartbeat", isReadable });
const failStart = (isLasting: boolean): LifecycleEvent => ({
  type: "startFailed",
  message: "no model here",
  isLasting,
});

const STARTED = after(NEW_LIFECYCLE, start());
const READY = after(STARTED, introduce());
const RECOVERING = after(STARTED, introduce(5, true));

describe("a replica without state", () => {
  test("is ready when it is introduced", () => {
    expect(after(STARTED, introduce(7)).state).toEqual({
      name: "ready",
      processId: "p1",
      startedAt: 0,
      servingSince: 7,
    });
  });

  test("is not introduced while it is being killed", () => {
    const killed = after(STARTED, kill("told to"));
    expect(after(killed, introduce(7))).toBe(killed);
  });

  test("fails after three failed starts in a row, and the waits between them grow", () => {
    const first = after(STARTED, exit(100));
    const second = after(first, start(), exit(200));
    const third = after(second, start(), exit(300));
    expect(first.state).toEqual({ name: "backoff", diedAt: 100, delayMs: 500 });
    expect(second.state).toEqual({ name: "backoff", diedAt: 200, delayMs: 1000 });
    expect(third.state).toEqual({
      name: "failed",
      reason: "exited with code 1 before it was ready, 3 times in a row",
    });
  });

  test("fails with its last error: what it reported, else the last line on stderr", () => {
    const fail = (...events: LifecycleEvent[]): ReplicaLifecycle =>
      [1, 2, 3].reduce((last) => after(last, start(), ...events), NEW_LIFECYCLE);
    const crashed = fail(exit(1, CRASH, { lastLine: "Segmentation fault" }));
    expect(crashed.state).toEqual({
      name: "failed",
      reason:
        "exited with code 1 before it was ready, 3 times in a row. Last error: Segmentation fault",
    });
    const reported = fail(failStart(false), exit(1, CRASH, { lastLine: "at line 7" }));
    expect(describeState(reported.state)).toContain("in a row. Last error: no model here");
  });

  test("waits up to a fifth longer or shorter, and the waits still double", () => {
    const first = after(STARTED, exit(100, CRASH, { random: 1 }));
    const second = after(first, start(), exit(200, CRASH, { random: 0 }));
    expect(first.state).toMatchObject({ delayMs: 600 });
    expect(second.state).toMatchObject({ delayMs: 800 });
  });

  test("is restarted without limit once it has served", () => {
    let lifecycle = after(READY, exit(10));
    for (let death = 0; death < 10; death += 1) lifecycle = after(lifecycle, start(), exit(20));
    expect(lifecycle.state.name).toBe("backoff");
    expect(lifecycle.restarts).toBe(11);
  });

  test("is restarted after 0.5 s if it served for long, whatever the wait was before", () => {
    const lifecycle = after({ ...READY, delayMs: 16_000 }, exit(60_000, KILLED));
    expect(lifecycle.state).toEqual({ name: "backoff", diedAt: 60_000, delayMs: 500 });
  });

  test("fails when its restarts are used up", () => {
    const once = after(READY, exit(10_000, KILLED, { maxRestarts: 1 }));
    const twice = after(once, start(), introduce(), exit(20_000, KILLED, { maxRestarts: 1 }));
    expect(twice.state).toEqual({
      name: "failed",
      reason: "killed by SIGKILL after 1 restart: the flow file allows no more",
    });
  });

  test("fails at once after a final kill", () => {
    const lifecycle = after(STARTED, kill("not ready within 600 s", true), exit(1, KILLED));
    expect(lifecycle.state).toEqual({ name: "failed", reason: "not ready within 600 s" });
    expect(lifecycle.startFailure).toBe("not ready within 600 s");
  });

  test("fails at once for a lasting reason, unless it has served before", () => {
    const never = after(STARTED, failStart(true), exit(1));
    expect(never.state).toEqual({ name: "failed", reason: "no model here" });
    const served = after(READY, exit(1), start(), failStart(true), exit(2));
    expect(served.state.name).toBe("backoff");
    expect(served.startFailure).toBe("no model here");
  });

  test("keeps the reason of a failed start until the next start", () => {
    const failed = after(STARTED, failStart(false), exit(1));
    expect(failed.state.name).toBe("backoff");
    expect(failed.startFailure).toBe("no model here");
    expect(after(failed, start()).startFailure).toBeNull();
  });

  test("is stopped after its exit when the flow stops, however the process ended", () => {
    const draining = after(READY, { type: "draining", deadline: 99 });
    expect(after(draining, exit(1, CRASH, { isFlowStopping: true })).state).toEqual({
      name: "stopped",
      by: "flow",
    });
  });

  test("is restarted after 0.5 s if it served long before it hung", () => {
    const lifecycle = after({ ...READY, delayMs: 8_000 }, kill("hangs"), exit(10_000, KILLED));
    expect(lifecycle.state).toEqual({ name: "backoff", diedAt: 10_000, delayMs: 500 });
  });
});

describe("the user", () => {
  test("stops a replica: its process may finish, and it stays stopped", () => {
    const stopping = after(READY, STOP, { type: "draining", deadline: 99 });
    expect(stopping.state).toMatchObject({ name: "draining", afterwards: { is: "stopped" } });
    const stopped = after(stopping, exit(1, { code: 0, signal: null }));
    expect(stopped.state).toEqual({ name: "stopped", by: "user" });
    expect(stopped.restarts).toBe(0);
  });

  test("stops a replica that waits for its restart, that failed or that is held back", () => {
    const backoff = after(READY, exit(1));
    for (const lifecycle of [backoff, after(backoff, HELD), NEW_LIFECYCLE])
      expect(after(lifecycle, STOP).state).toEqual({ name: "stopped", by: "user" });
  });

  test("starts a replica again: its failures are forgotten, its restarts are not", () => {
    const failed: ReplicaLifecycle = {
      ...NEW_LIFECYCLE,
      state: { name: "failed", reason: "x" },
      failedStarts: 3,
      restarts: 2,
      delayMs: 1000,
    };
    expect(after(failed, START)).toEqual({ ...NEW_LIFECYCLE, restarts: 2 });
    expect(after(READY, START)).toBe(READY);
  });

  test("starts a replica again while its process still ends", () => {
    const lifecycle = after(READY, STOP, { type: "draining", deadline: 99 }, START, exit(1));
    expect(lifecycle.state.name).toBe("backoff");
  });
});

describe("a changed plan", () => {
  const REPLACE = { type: "replaceRequested" } as const;
  const REMOVE = { type: "removeRequested" } as const;
  const drain = { type: "draining", deadline: 9 } as const;

  test("starts another process at once after the exit, which is not a restart", () => {
    const left = after(READY, REPLACE, drain, exit(10, { code: 0, signal: null }));
    expect(left).toMatchObject({ state: { name: "pending" }, restarts: 0, delayMs: 0 });
  });

  test("starts a replica that failed or waits for its restart afresh", () => {
    const waiting = after(STARTED, exit(1));
    const failed = after(STARTED, kill("late", true), exit(1, KILLED));
    for (const before of [waiting, failed])
      expect(after(before, REPLACE)).toMatchObject({ state: { name: "pending" }, failedStarts: 0 });
  });

  test("starts no process in the place of a removed one", () => {
    const gone = { name: "stopped", by: "plan" };
    expect(after(READY, REMOVE, drain, exit(10)).state).toEqual(gone);
    expect(after(READY, REPLACE, REMOVE, REPLACE, drain, exit(10)).state).toEqual(gone);
    expect(after(STARTED, exit(1), REMOVE).state).toEqual(gone);
  });

  test("does not start a replica that the user stopped", () => {
    const stopped = { name: "stopped", by: "user" };
    expect(after(READY, STOP, REPLACE, drain, exit(10)).state).toEqual(stopped);
  });
});

describe("a copy of a shard", () => {
  test("recovers first, is ready while it may be read, and serves all the time", () => {
    const ready = after(RECOVERING, heartbeat(true));
    expect(RECOVERING.state.name).toBe("recovering");
    expect(ready.state.name).toBe("ready");
    expect(after(ready, heartbeat(false)).state.name).toBe("recovering");
    expect([RECOVERING, ready].every(({ state }) => isServing(state))).toBe(true);
  });

  test("is unhealthy while it is silent, and then what its heartbeat says", () => {
    const silent = after(RECOVERING, { type: "silent", reason: "no answer" });
    expect(describeState(silent.state)).toBe("unhealthy: no answer");
    expect(after(silent, heartbeat(true)).state.name).toBe("ready");
    expect(after(silent, heartbeat(false)).state.name).toBe("recovering");
    expect(after(RECOVERING, heartbeat(false))).toBe(RECOVERING);
  });

  test("is held back with the reason after its exit, and shown as failed", () => {
    const held = after(RECOVERING, HELD, exit(9, KILLED));
    expect(held.state).toEqual({ name: "held", reason: HELD.reason });
    expect(describeState(held.state)).toBe(`failed: ${HELD.reason}`);
    expect(after(RECOVERING, exit(9, KILLED), HELD).state).toEqual(held.state);
  });

  test("that is held back starts when its shard releases it, or when the user starts it", () => {
    const held = after(RECOVERING, exit(9, KILLED), HELD);
    expect(after(held, { type: "released" }).state).toEqual({ name: "pending" });
    expect(after(held, START).state).toEqual({ name: "pending" });
  });

  test("that the user stopped is neither held back nor released", () => {
    const stopping = after(RECOVERING, STOP);
    expect(after(stopping, HELD)).toBe(stopping);
    const stopped = after(stopping, exit(9, KILLED));
    expect(after(stopped, { type: "released" })).toBe(stopped);
  });
});

test("only a replica without a process can be settled", () => {
  expect(after(NEW_LIFECYCLE, { type: "settled" }).state).toEqual({ name: "stopped", by: "flow" });
  expect(after(READY, { type: "settled" })).toBe(READY);
});

test("a replica without a process cannot be drained, killed or introduced", () => {
  expect(
    after(NEW_LIFECYCLE, { type: "draining", deadline: 5 }, kill("x"), introduce(), exit(1)),
  ).toBe(NEW_LIFECYCLE);
});
