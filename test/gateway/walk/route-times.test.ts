import { expect, test } from "vitest";
import { RouteTimes } from "../../../src/gateway/walk/route-times.ts";

function clock(...times: number[]): () => number {
  return () => times.shift() ?? Number.NaN;
}

test("the gateway comes first and ends in a later millisecond than it began, however fast it was", () => {
  expect(new RouteTimes(clock(1000.25, 1000.5)).list([])).toEqual([
    { executor: "gateway", startMs: 1000.25, endMs: 1001 },
  ]);
  expect(new RouteTimes(clock(1000.25, 1003.5)).list([])).toEqual([
    { executor: "gateway", startMs: 1000.25, endMs: 1003.5 },
  ]);
});

test("an error is in the executor's route, not in the gateway's; a skipped executor has no end, one that was not reached has no route", () => {
  const times = new RouteTimes(clock(1, 2, 3, 4, 9));
  times.start("fails");
  times.end("fails", { code: "ERROR", description: "no" });
  times.start("skipped");
  expect(times.list(["fails", "skipped", "later"])).toEqual([
    { executor: "gateway", startMs: 1, endMs: 9 },
    { executor: "fails", startMs: 2, endMs: 3, status: { code: "ERROR", description: "no" } },
    { executor: "skipped", startMs: 4 },
  ]);
});
