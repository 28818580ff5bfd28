import { expect, test } from "vitest";
import { TrafficMeters } from "../../../../src/gateway/topology/traffic/traffic-meters.ts";
import { TrafficBoard } from "../../../../src/supervisor/running/traffic-board.ts";

const SECOND_MS = 1_000;

/** Measures calls of 10 ms each that end at `atMs`. */
function call(
  meters: TrafficMeters,
  [address, processId]: readonly [string, string],
  { count, atMs, failed = 0 }: { count: number; atMs: number; failed?: number },
): void {
  const meter = meters.of(address, processId);
  for (let index = 0; index < count; index += 1) {
    meter.begin();
    meter.end(atMs - 10, atMs, index < failed);
  }
}

test("the counts of a replica are those of its newest process", () => {
  const meters = new TrafficMeters();
  call(meters, ["a/0/0", "old"], { count: 30, atMs: 0, failed: 5 });
  meters.retire("old");
  call(meters, ["a/0/0", "new"], { count: 10, atMs: 500, failed: 1 });
  const { replicas, deployments } = meters.report(SECOND_MS);
  expect(replicas["a/0/0"]).toMatchObject({
    processId: "new",
    requests: 10,
    errors: 1,
    inFlight: 0,
    qps: 1,
  });
  expect(deployments["a"]).toMatchObject({ requests: 40, errors: 6, qps: 4 });
  expect(deployments["a"]!.p99Ms).toBeCloseTo(10, 0);
});

test("a deployment counts the calls of all its replicas, also of processes that are gone", () => {
  const meters = new TrafficMeters();
  call(meters, ["a/0/0", "p"], { count: 3, atMs: 0 });
  call(meters, ["a/0/1", "q"], { count: 4, atMs: 0, failed: 2 });
  call(meters, ["b/0/0", "r"], { count: 5, atMs: 0 });
  meters.retire("q");
  for (const atMs of [SECOND_MS, 60 * SECOND_MS, 61 * SECOND_MS]) {
    const { replicas, deployments } = meters.report(atMs);
    expect(Object.keys(replicas)).toEqual(["a/0/0", "b/0/0"]);
    expect(deployments["a"]).toMatchObject({ requests: 7, errors: 2 });
    expect(deployments["b"]).toMatchObject({ requests: 5, errors: 0 });
  }
});

test("a retired process with a call in flight still counts for its deployment", () => {
  const meters = new TrafficMeters();
  meters.of("a/0/0", "p").begin();
  meters.retire("p");
  expect(meters.report(60 * SECOND_MS).deployments["a"]).toMatchObject({ inFlight: 1 });
  meters.of("a/0/0", "p").end(0, 60 * SECOND_MS);
  expect(meters.report(60 * SECOND_MS).deployments["a"]).toMatchObject({
    inFlight: 0,
    requests: 1,
  });
});

test("the board gives a process only its own counts", () => {
  const meters = new TrafficMeters();
  call(meters, ["a/0/0", "p"], { count: 3, atMs: 0 });
  const board = new TrafficBoard();
  const { replicas, deployments } = meters.report(SECOND_MS);
  board.take({ replicas, deployments: { a: { ...deployments["a"]!, queued: 2 } } });
  expect(board.of("a/0/0", "p")?.requests).toBe(3);
  expect(board.of("a/0/0", "next")).toBeUndefined();
  expect(board.of("a/0/0", null)).toBeUndefined();
  expect(board.of("a/0/0")?.requests, "an external replica has no process").toBe(3);
  expect(board.ofDeployment("a")?.queued).toBe(2);
  board.clear();
  expect(board.ofDeployment("a")).toBeUndefined();
});
