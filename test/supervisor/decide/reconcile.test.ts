import { describe, expect, test } from "vitest";
import { reconcile, type PlannedState } from "../../../src/supervisor/decide/reconcile.ts";
import type { ReplicaState } from "../../../src/supervisor/decide/replica-state.ts";

const NOW = 100_000;
const RUNNING = { name: "running" } as const;

function at(address: string, state: ReplicaState, more: Partial<PlannedState> = {}): PlannedState {
  return {
    address,
    deployment: address.split("/")[0]!,
    state,
    wanted: true,
    timeoutReadyMs: 60_000,
    leaderless: false,
    ...more,
  };
}

const starting = (startedAt: number): ReplicaState => ({
  name: "starting",
  processId: "p",
  startedAt,
});
const READY: ReplicaState = { name: "ready", processId: "p", startedAt: 0, servingSince: 1 };
const backoff = (diedAt: number, delayMs: number): ReplicaState => ({
  name: "backoff",
  diedAt,
  delayMs,
});

describe("while the flow runs", () => {
  test("what is planned and has no process is started; what serves is left alone", () => {
    expect(reconcile([at("a/0/0", { name: "pending" }), at("b/0/0", READY)], RUNNING, NOW)).toEqual(
      {
        actions: [{ type: "start", address: "a/0/0" }],
        wakeAt: null,
      },
    );
  });

  test.each([
    { state: backoff(NOW - 500, 500), leaderless: false, acts: true },
    { state: backoff(NOW - 400, 500), leaderless: false, acts: false },
    { state: backoff(NOW - 500, 30_000), leaderless: false, acts: false },
    { state: backoff(NOW - 500, 30_000), leaderless: true, acts: true },
  ])(
    "a wait is over when it is over, or 0.5 s after the death where the shard lost its primary: %j",
    ({ state, leaderless, acts }) => {
      const { actions } = reconcile([at("a/0/0", state, { leaderless })], RUNNING, NOW);
      expect(actions).toEqual(acts ? [{ type: "start", address: "a/0/0" }] : []);
    },
  );

  test("it wakes for the earliest of what it waits for", () => {
    const replicas = [
      at("a/0/0", backoff(NOW, 4_000)),
      at("b/0/0", backoff(NOW, 1_000)),
      at("c/0/0", starting(NOW)),
    ];
    expect(reconcile(replicas, RUNNING, NOW)).toEqual({ actions: [], wakeAt: NOW + 1_000 });
  });

  test("a start that takes longer than timeout_ready is ended for good", () => {
    expect(reconcile([at("a/0/0", starting(NOW - 60_000))], RUNNING, NOW).actions).toEqual([
      {
        type: "kill",
        address: "a/0/0",
        reason: "not ready within 60 s (timeout_ready)",
        final: true,
      },
    ]);
  });

  test("failed is final, and what the user stopped stays stopped", () => {
    const replicas = [
      at("a/0/0", { name: "failed", reason: "x" }),
      at("b/0/0", { name: "stopped" }, { wanted: false }),
    ];
    expect(reconcile(replicas, RUNNING, NOW)).toEqual({ actions: [], wakeAt: null });
  });

  test("what the user stops is drained if it serves, killed if it only starts, and called stopped if it waits", () => {
    const replicas = [
      at("a/0/0", READY, { wanted: false }),
      at("b/0/0", starting(NOW), { wanted: false }),
      at("c/0/0", backoff(NOW, 500), { wanted: false }),
    ];
    expect(reconcile(replicas, RUNNING, NOW).actions.map(({ type }) => type)).toEqual([
      "drain",
      "kill",
      "settle",
    ]);
  });
});

describe("while the flow drains", () => {
  const DRAINING = { name: "draining", drainMs: 5_000 } as const;
  const plan = (
    encoder: ReplicaState,
    indexer: ReplicaState,
    gateway: ReplicaState,
  ): PlannedState[] => [
    at("encoder/0/0", encoder),
    at("indexer/0/0", indexer),
    at("indexer/1/0", indexer),
    at("gateway/0/0", gateway),
  ];
  const STOPPED: ReplicaState = { name: "stopped" };

  test("the gateway goes first, alone", () => {
    expect(reconcile(plan(READY, READY, READY), DRAINING, NOW).actions).toEqual([
      { type: "drain", address: "gateway/0/0", deadline: NOW + 5_000 },
    ]);
  });

  test("then the deployments in reverse order, all replicas of one at once", () => {
    const { actions } = reconcile(plan(READY, READY, STOPPED), DRAINING, NOW);
    expect(actions.map(({ address }) => address)).toEqual(["indexer/0/0", "indexer/1/0"]);
    expect(reconcile(plan(READY, STOPPED, STOPPED), DRAINING, NOW).actions).toEqual([
      { type: "drain", address: "encoder/0/0", deadline: NOW + 5_000 },
    ]);
  });

  test("one that does not finish in time is killed", () => {
    const late: ReplicaState = { name: "draining", processId: "p", startedAt: 0, deadline: NOW };
    expect(reconcile(plan(READY, READY, late), DRAINING, NOW).actions).toEqual([
      { type: "kill", address: "gateway/0/0", reason: "it did not finish in time", final: false },
    ]);
  });

  test("nothing is started any more", () => {
    const { actions } = reconcile(plan(backoff(0, 500), { name: "pending" }, READY), DRAINING, NOW);
    expect(actions.map(({ type }) => type)).toEqual(["settle", "settle", "settle", "drain"]);
  });
});

test("killing takes everything at once, and once", () => {
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
  const { actions } = reconcile(replicas, { name: "killing" }, NOW);
  expect(actions.map(({ type, address }) => `${type} ${address}`)).toEqual([
    "kill a/0/0",
    "kill b/0/0",
    "settle d/0/0",
  ]);
});
