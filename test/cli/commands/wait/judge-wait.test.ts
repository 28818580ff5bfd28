import { expect, test } from "vitest";
import {
  checkWait,
  judgeWait,
  type WaitState,
} from "../../../../src/cli/commands/wait/judge-wait.ts";

type Replica = WaitState["replicas"][number];

const replica = (address: string, state: Replica["state"] = "ready"): Replica => ({
  address,
  executor: address.split("/")[0]!,
  state,
  ready: state === "ready",
});

function flowOf(replicas: readonly Replica[], more: Partial<WaitState> = {}): WaitState {
  return { flow: { name: "search", state: "ready" }, replicas, shards: [], ...more };
}

test("a flow is ready when every replica is, and the flow itself", () => {
  const [a, b] = [replica("a/0/0"), replica("b/0/0")];
  expect(judgeWait("ready", [], flowOf([a, b])).is).toBe("met");
  expect(judgeWait("ready", [], flowOf([a, replica("b/0/0", "backoff")]))).toEqual({
    is: "waiting",
    late: [{ address: "b/0/0", reason: null }],
  });
  const starting = flowOf([a, b], { flow: { name: "search", state: "starting" } });
  expect(judgeWait("ready", [], starting)).toEqual({
    is: "waiting",
    late: [{ address: "search", reason: "starting" }],
  });
  expect(judgeWait("ready", ["a"], starting).is).toBe("met");
});

test("only replicas within the addresses count", () => {
  const state = flowOf([
    replica("a/0/0"),
    replica("a/1/0", "starting"),
    replica("b/0/0", "failed"),
  ]);
  expect(judgeWait("ready", ["a/0"], state).is).toBe("met");
  expect(judgeWait("ready", ["a"], state).is).toBe("waiting");
  expect(judgeWait("ready", ["a/0", "b"], state).is).toBe("failed");
});

test("a removed replica is stopped, but not ready", () => {
  const state = flowOf([replica("a/0/0")]);
  expect(judgeWait("stopped", ["a/0/1"], state).is).toBe("met");
  expect(judgeWait("ready", ["a/0/1"], state).late).toEqual([
    { address: "a/0/1", reason: "removed from the flow" },
  ]);
  expect(judgeWait("stopped", ["a"], flowOf([replica("a/0/0", "draining")])).is).toBe("waiting");
  expect(judgeWait("stopped", ["a"], flowOf([replica("a/0/0", "stopped")])).is).toBe("met");
});

test("shards are late with the reason of their health", () => {
  const shards = [
    { address: "a/0", status: "yellow", reason: "1 of 2 copies in-sync" },
    { address: "a/1", status: "red", reason: null },
  ] as const;
  const state = flowOf([replica("a/0/0")], { shards });
  expect(judgeWait("green", [], state).late).toEqual([
    { address: "a/0", reason: "yellow: 1 of 2 copies in-sync" },
    { address: "a/1", reason: "red" },
  ]);
  expect(judgeWait("yellow", ["a/0"], state).is).toBe("met");
});

test("unknown addresses and replicas with a health are refused", () => {
  const state = flowOf([replica("a/0/0"), replica("gateway/0/0")]);
  expect(() => checkWait("ready", ["a", "b"], state)).toThrow(
    "the flow has no address b: it has a, gateway",
  );
  expect(() => checkWait("ready", ["a/0/1"], state)).toThrow("the flow has no address a/0/1");
  expect(() => checkWait("green", ["a/0/0"], state)).toThrow(
    "only shards are green, and a/0/0 is a replica: wait for a/0, or for ready",
  );
  expect(checkWait("stopped", ["a/0/1"], state)).toBeUndefined();
});
