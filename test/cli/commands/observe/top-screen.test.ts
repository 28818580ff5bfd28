import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { renderTop, sortRows } from "../../../../src/cli/commands/observe/top-screen.ts";
import { makeRow, makeState } from "./sample-state.ts";

const PAINT = new Chalk({ level: 0 });

test("rows are sorted by a value, the largest first, and those without a value last", () => {
  const rows = [
    makeRow({ address: "a/0/0", cpu: 3 }),
    makeRow({ address: "a/0/1", cpu: null }),
    makeRow({ address: "b/0/0", cpu: 40 }),
  ];
  const addresses = (address?: string): readonly string[] =>
    sortRows(rows, "cpu", address).map((row) => row.address);
  expect(addresses()).toEqual(["b/0/0", "a/0/0", "a/0/1"]);
  expect(addresses("a")).toEqual(["a/0/0", "a/0/1"]);
});

test("the head sums up the flow, and every line fits the terminal", () => {
  const options = { key: "cpu", address: undefined, paint: PAINT } as const;
  const lines = renderTop(makeState(), { ...options, width: 80 });
  expect(lines.slice(0, 3)).toEqual([
    "search  yellow  2/3 ready  up 2m  sorted by cpu",
    "requests 12.0/s  p50 4ms  p99 31ms  2 in flight  3 queued  1 error",
    "CPU 15%  RSS 160Mi",
  ]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  const narrow = renderTop(makeState(), { ...options, width: 30 });
  expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(30);
});

test("a system without CPU and RSS says so", () => {
  const state = makeState({ resourceSource: "none" });
  const options = { key: "cpu", address: undefined, width: 80, paint: PAINT } as const;
  expect(renderTop(state, options)[2]).toBe("CPU and RSS are not known on this system");
});
