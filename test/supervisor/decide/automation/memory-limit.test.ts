import { expect, test } from "vitest";
import {
  memoryRestartAt,
  recordMemory,
  recordMemoryRestart,
  WITHIN_LIMIT,
} from "../../../../src/supervisor/decide/automation/memory-limit.ts";

const LIMIT = { limitBytes: 100 };
const OVER = { ...LIMIT, rssBytes: 101 };
const WITHIN = { ...LIMIT, rssBytes: 100 };

/** The times at which a replica restarts that is always above its limit, in seconds. */
function restartsWithin(seconds: number): readonly number[] {
  let record = WITHIN_LIMIT;
  return Array.from({ length: seconds }, (_, second) => second).filter((second) => {
    const now = second * 1000;
    record = recordMemory(record, { ...OVER, now });
    const isDue = (memoryRestartAt(record) ?? Infinity) <= now;
    if (isDue) record = recordMemoryRestart(record, now);
    return isDue;
  });
}

test("a replica is not restarted while it uses as much as its limit", () => {
  expect(memoryRestartAt(recordMemory(WITHIN_LIMIT, { ...WITHIN, now: 0 }))).toBeNull();
});

test("a replica above its limit is restarted after three seconds, and a peak that passes restarts nothing", () => {
  const over = recordMemory(WITHIN_LIMIT, { ...OVER, now: 1_000 });
  expect(memoryRestartAt(recordMemory(over, { ...OVER, now: 3_000 }))).toBe(4_000);
  const passed = recordMemory(over, { ...WITHIN, now: 2_000 });
  expect(memoryRestartAt(recordMemory(passed, { ...OVER, now: 3_000 }))).toBe(6_000);
});

test("a replica that is above its limit after each restart waits ever longer, up to five minutes", () => {
  const times = restartsWithin(1_500);
  const waits = times.slice(1).map((time, index) => time - times[index]!);
  expect(times[0]).toBe(3);
  expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
});

test("a restart of ten minutes ago makes no wait longer", () => {
  const restarted = recordMemoryRestart({ ...WITHIN_LIMIT, restarts: 6 }, 0);
  expect(memoryRestartAt(recordMemory(restarted, { ...OVER, now: 599_000 }))).toBe(602_000);
  expect(recordMemory(restarted, { ...OVER, now: 600_000 })).toEqual({
    ...WITHIN_LIMIT,
    overSince: 600_000,
  });
});
