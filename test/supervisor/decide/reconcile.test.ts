import { describe, expect, test } from "vitest";
import {
  reconcile,
  type FlowPhase,
  type PlannedState,
  type Reconciliation,
  type RunningState,
} from "../../../src/supervisor/decide/reconcile.ts";
import type { ReplicaState } from "../../../src/supervisor/decide/lifecycle/replica-state.ts";

const NOW = 100_000;
const RUNNING = { name: "running" } as const;

type Replica = PlannedState & RunningState;

function at(address: string, state: ReplicaState, more: Partial<Replica> = {}): Replica {
  return {
    address,
    isGateway: address === "gateway/0/0",
    state,
    timeoutReadyMs: 60_000,
    version: "1",
    lastVersion: "1",
    leaderless: false,
    drainTimeoutMs: 10_000,
    ...more,
  };
}

/** What is to be done where every planned replica runs. */
function decide(replicas: readonly Replica[], phase: FlowPhase): Reconciliation {
  const running = new Map(replicas.map((replica) => [replica.address, replica]));
  return reconcile(replicas, running, { phase, now: NOW });
}

const starting = (startedAt: number): ReplicaState => ({
  name: "starting",
  processId: "p",
  startedAt,
});
const draining = (deadline: number): ReplicaState => ({
  name: "draining",
  processId: "p",
  startedAt: 0,
  deadline,
});
const IN_SHARD = { isPrimary: false, hasSuccessor: true, isOnly: false, isNeeded: false };
const READY = { name: "ready", processId: "p", startedAt: 0, servingSince: 1 } as const;
const backoff = (diedAt: number, delayMs: number): ReplicaState => ({
  name: "backoff",
  diedAt,
  delayMs,
});

describe("while the flow runs", () => {
  test("a planned replica without a process is started; one that serves is left alone", () => {
    expect(decide([at("a/0/0", { name: "pending" }), at("b/0/0", READY)], RUNNING)).toEqual({
      actions: [{ type: "start", address: "a/0/0" }],
      wakeAt: null,
    });
  });

  test.each([
    { state: backoff(NOW - 500, 500), leaderless: false, acts: true },
    { state: backoff(NOW - 400, 500), leaderless: false, acts: false },
    { state: backoff(NOW - 500, 30_000), leaderless: false, acts: false },
    { state: backoff(NOW - 500, 30_000), leaderless: true, acts: true },
  ])(
    "a restart comes after the wait, or 0.5 s after the exit for a shard without a primary: %j",
    ({ state, leaderless, acts }) => {
      const { actions } = decide([at("a/0/0", state, { leaderless })], RUNNING);
      expect(actions).toEqual(acts ? [{ type: "start", address: "a/0/0" }] : []);
    },
  );

  test("it wakes for the earliest deadline", () => {
    const replicas = [
      at("a/0/0", backoff(NOW, 4_000)),
      at("b/0/0", backoff(NOW, 1_000)),
      at("c/0/0", starting(NOW)),
    ];
    expect(decide(replicas, RUNNING)).toEqual({ actions: [], wakeAt: NOW + 1_000 });
  });

  test("a start that takes longer than timeout_ready is killed and not repeated", () => {
    expect(decide([at("a/0/0", starting(NOW - 60_000))], RUNNING).actions).toEqual([
      {
        type: "kill",
        address: "a/0/0",
        reason: "not ready within 60 s (timeout_ready)",
        final: true,
      },
    ]);
  });

  test("a replica that failed, is held back or was stopped by the user is not started", () => {
    const replicas = [
      at("a/0/0", { name: "failed", reason: "x" }),
      at("b/0/0", { name: "stopped", by: "user" }),
      at("c/0/0", { name: "held", reason: "x" }),
    ];
    expect(decide(replicas, RUNNING)).toEqual({ actions: [], wakeAt: null });
  });

  test("a replica that the user stops is drained if it serves and killed if it only starts", () => {
    const afterwards = { is: "stopped" } as const;
    const replicas = [
      at("a/0/0", { ...READY, afterwards }),
      at("b/0/0", { name: "starting", processId: "p", startedAt: NOW, afterwards }),
    ];
    expect(decide(replicas, RUNNING).actions.map(({ type }) => type)).toEqual(["drain", "kill"]);
  });

  const live = (name: "starting" | "recovering" | "ready" | "unhealthy"): ReplicaState =>
    name === "starting"
      ? starting(NOW)
      : name === "unhealthy"
        ? { ...READY, name, reason: "busy" }
        : { ...READY, name };

  test.each([
    { state: live("ready"), acts: "replace" },
    { state: live("recovering"), acts: "replace" },
    { state: live("unhealthy"), acts: "replace" },
    { state: live("starting"), acts: "replace" },
    { state: backoff(NOW, 30_000), acts: "replace" },
    { state: { name: "failed", reason: "x" } as const, acts: "replace" },
    { state: { name: "stopped", by: "plan" } as const, acts: "replace" },
    { state: { name: "pending" } as const, acts: "start" },
    { state: { name: "held", reason: "x" } as const, acts: undefined },
    { state: { name: "stopped", by: "user" } as const, acts: undefined },
    { state: { ...READY, name: "draining", deadline: NOW + 1 } as const, acts: undefined },
  ])("a replica of another version is replaced once: %j", ({ state, acts }) => {
    const { actions } = decide([at("a/0/0", state, { version: "2" })], RUNNING);
    expect(actions.map(({ type }) => type)).toEqual(acts === undefined ? [] : [acts]);
  });

  test.each([
    { state: live("ready"), acts: "remove" },
    { state: live("starting"), acts: "remove" },
    { state: backoff(NOW, 30_000), acts: "forget" },
    { state: { name: "failed", reason: "x" } as const, acts: "forget" },
    { state: { name: "stopped", by: "plan" } as const, acts: "forget" },
    { state: { ...READY, name: "draining", deadline: NOW - 1_000 } as const, acts: "kill" },
  ])("a replica that is not planned any more leaves: %j", ({ state, acts }) => {
    const running = new Map([["a/0/1", at("a/0/1", state)]]);
    const { actions } = reconcile([], running, { phase: RUNNING, now: NOW });
    expect(actions.map(({ type }) => type)).toEqual([acts]);
  });

  test("a replica that is replaced, removed or stopped by the user has its drain_timeout", () => {
    const drainTimeoutMs = 90_000;
    const running = new Map([["a/0/1", at("a/0/1", READY, { drainTimeoutMs })]]);
    const removed = reconcile([], running, { phase: RUNNING, now: NOW }).actions;
    const replicas = [
      at("a/0/0", READY, { version: "2", drainTimeoutMs }),
      at("b/0/0", { ...READY, afterwards: { is: "stopped" } }, { drainTimeoutMs }),
    ];
    expect([...removed, ...decide(replicas, RUNNING).actions]).toMatchObject([
      { type: "remove", deadline: NOW + drainTimeoutMs },
      { type: "replace", deadline: NOW + drainTimeoutMs },
      { type: "drain", deadline: NOW + drainTimeoutMs },
    ]);
  });

  test.each([
    { part: { isPrimary: false }, acts: ["replace"] },
    { part: { isPrimary: true }, acts: ["handOver"] },
    { part: { isPrimary: true, hasSuccessor: false }, acts: [] },
    { part: { isPrimary: true, hasSuccessor: false, isOnly: true }, acts: ["replace"] },
  ])("an outdated primary ends only if another copy can take over: %j", ({ part, acts }) => {
    const copy = { ...IN_SHARD, ...part };
    const replica = at("a/0/0", READY, { version: "2", copy });
    expect(decide([replica], RUNNING).actions.map(({ type }) => type)).toEqual(acts);
    const { actions } = decide([{ ...replica, atOnce: true }], RUNNING);
    expect(actions.map(({ type }) => type)).toEqual(["replace"]);
  });

  /** Decides on a copy that is not planned. */
  function decideOnUnplanned(state: ReplicaState, isNeeded: boolean): Reconciliation {
    const replica = at("a/0/1", state, { copy: { ...IN_SHARD, isNeeded } });
    return reconcile([], new Map([["a/0/1", replica]]), { phase: RUNNING, now: NOW });
  }

  test.each([
    { state: READY, isNeeded: false, acts: [] },
    { state: backoff(NOW, 500), isNeeded: false, acts: ["forget"] },
    { state: READY, isNeeded: true, acts: [] },
    { state: { name: "pending" } as const, isNeeded: true, acts: ["start"] },
    { state: backoff(NOW - 500, 500), isNeeded: true, acts: ["start"] },
    { state: backoff(NOW - 400, 500), isNeeded: true, acts: [] },
    { state: { name: "failed", reason: "x" } as const, isNeeded: true, acts: ["forget"] },
  ])(
    "a copy that is not planned is left to its shard, and starts again while the shard needs it: %j",
    ({ state, isNeeded, acts }) => {
      const { actions } = decideOnUnplanned(state, isNeeded);
      expect(actions.map(({ type }) => type)).toEqual(acts);
    },
  );

  test("a needed copy that ended wakes the supervisor for its next start", () => {
    expect(decideOnUnplanned(backoff(NOW, 500), true).wakeAt).toBe(NOW + 500);
  });

  test("a replica that is being removed drains with the others when the flow stops", () => {
    const replicas = [at("a/0/0", READY), at("a/0/1", READY)];
    const running = new Map(replicas.map((replica) => [replica.address, replica]));
    const { actions } = reconcile(replicas.slice(0, 1), running, {
      phase: { name: "draining", deadline: NOW + 5_000 },
      now: NOW,
    });
    expect(actions.map(({ type, address }) => `${type} ${address}`)).toEqual([
      "drain a/0/1",
      "drain a/0/0",
    ]);
  });

  test("a planned replica that does not run yet is started", () => {
    const { actions } = reconcile([at("a/0/0", READY)], new Map(), { phase: RUNNING, now: NOW });
    expect(actions).toEqual([{ type: "start", address: "a/0/0" }]);
  });
});

describe("while the flow drains", () => {
  const DRAINING = { name: "draining", deadline: NOW + 5_000 } as const;
  const plan = (encoder: ReplicaState, indexer: ReplicaState, gateway: ReplicaState): Replica[] => [
    at("encoder/0/0", encoder),
    at("indexer/0/0", indexer),
    at("indexer/1/0", indexer),
    at("gateway/0/0", gateway),
  ];
  const STOPPED: ReplicaState = { name: "stopped", by: "flow" };

  test("the gateway drains first, alone", () => {
    expect(decide(plan(READY, READY, READY), DRAINING).actions).toEqual([
      { type: "drain", address: "gateway/0/0", deadline: NOW + 5_000 },
    ]);
  });

  test("all workers drain at once in the time that the gateway left", () => {
    expect(decide(plan(READY, READY, STOPPED), DRAINING).actions).toEqual(
      ["encoder/0/0", "indexer/0/0", "indexer/1/0"].map((address) => ({
        type: "drain",
        address,
        deadline: NOW + 5_000,
      })),
    );
  });

  test("a worker whose turn comes after the deadline cuts its requests at once", () => {
    const { actions } = decide(plan(READY, STOPPED, STOPPED), { ...DRAINING, deadline: NOW - 100 });
    expect(actions).toEqual([{ type: "drain", address: "encoder/0/0", deadline: NOW }]);
  });

  test("a replica that drains for another reason has no more time than the flow", () => {
    const { actions, wakeAt } = decide([at("a/0/0", draining(NOW + 60_000))], DRAINING);
    expect({ actions, wakeAt }).toEqual({ actions: [], wakeAt: NOW + 6_000 });
  });

  test("a replica that does not exit 1 s after its drain time is killed", () => {
    const { actions: early, wakeAt } = decide(plan(READY, READY, draining(NOW)), DRAINING);
    expect({ early, wakeAt }).toEqual({ early: [], wakeAt: NOW + 1_000 });
    expect(decide(plan(READY, READY, draining(NOW - 1_000)), DRAINING).actions).toEqual([
      {
        type: "kill",
        address: "gateway/0/0",
        reason: "not finished within the drain time",
        final: false,
      },
    ]);
  });

  test("no replica is started", () => {
    const { actions } = decide(plan(backoff(0, 500), { name: "pending" }, READY), DRAINING);
    expect(actions.map(({ type }) => type)).toEqual(["settle", "settle", "settle", "drain"]);
  });
});

test("killing ends all replicas at once, each once", () => {
  const ending: ReplicaState = {
    name: "stopping",
    processId: "p",
    startedAt: 0,
    reason: "x",
    servingSince: null,
  };
  const replicas = [
    at("a/0/0", READY),
    at("b/0/0", starting(0)),
    at("c/0/0", ending),
    at("d/0/0", backoff(0, 500)),
  ];
  const { actions } = decide(replicas, { name: "killing" });
  expect(actions.map(({ type, address }) => `${type} ${address}`)).toEqual([
    "kill a/0/0",
    "kill b/0/0",
    "settle d/0/0",
  ]);
});
