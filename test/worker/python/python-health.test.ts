import { describe, expect, test, vi } from "vitest";
import {
  addCheck,
  HEALTHY,
  judgeHealth,
  watchHealth,
  type HealthCheck,
} from "../../../src/worker/python/python-health.ts";

/** What comes of a number of checks, half a second apart. */
function judgeAfter(checks: number, checkAt: (index: number) => HealthCheck): string | undefined {
  let health = HEALTHY;
  for (let index = 0; index < checks; index += 1) health = addCheck(health, checkAt(index), 500);
  return judgeHealth(health);
}

const SILENT = { isServing: false };

describe("a Python executor is ended", () => {
  test.each<{
    name: string;
    checks: number;
    checkAt: (index: number) => HealthCheck;
    want: string | undefined;
  }>([
    {
      name: "within a second when it is stopped",
      checks: 2,
      checkAt: () => ({ ...SILENT, process: { state: "T", cpuMs: 5 } }),
      want: "it was stopped (SIGSTOP) and does not answer",
    },
    {
      name: "after 30 s in which it neither answers nor computes",
      checks: 61,
      checkAt: () => ({ ...SILENT, process: { state: "S", cpuMs: 5 } }),
      want: "no answer to a health check for 30 s, and idle",
    },
    {
      name: "not before, since a method may wait for something",
      checks: 59,
      checkAt: () => ({ ...SILENT, process: { state: "S", cpuMs: 5 } }),
      want: undefined,
    },
    {
      name: "never while it computes",
      checks: 1_000,
      checkAt: (index) => ({ ...SILENT, process: { state: "S", cpuMs: 10 * index } }),
      want: undefined,
    },
    {
      name: "never while it waits for the processor",
      checks: 1_000,
      checkAt: () => ({ ...SILENT, process: { state: "R", cpuMs: 5 } }),
      want: undefined,
    },
    {
      name: "after 30 s of silence where there is no /proc",
      checks: 60,
      checkAt: () => ({ ...SILENT, process: undefined }),
      want: "no answer to a health check for 30 s, and idle",
    },
    {
      name: "not when it answers now and then",
      checks: 1_000,
      checkAt: (index) => ({ isServing: index % 50 === 0, process: { state: "S", cpuMs: 5 } }),
      want: undefined,
    },
  ])("$name", ({ checks, checkAt, want }) => {
    expect(judgeAfter(checks, checkAt)).toBe(want);
  });

  test("not because its keeper was suspended", () => {
    const look: HealthCheck = { ...SILENT, process: { state: "S", cpuMs: 5 } };
    expect(judgeHealth(addCheck(HEALTHY, look, 3_600_000))).toBe(undefined);
  });

  test("not because it continues later than its keeper after a suspension of both", () => {
    const stopped: HealthCheck = { ...SILENT, process: { state: "T", cpuMs: 5 } };
    let health = addCheck(HEALTHY, stopped, 60_000);
    for (let check = 0; check < 9; check += 1) health = addCheck(health, stopped, 900);
    expect(judgeHealth(health)).toBe(undefined);
    for (let check = 0; check < 2; check += 1) health = addCheck(health, stopped, 1_000);
    expect(judgeHealth(health)).toBe("it was stopped (SIGSTOP) and does not answer");
  });
});

test("with one call that states the reason, after one check at a time", async () => {
  vi.useFakeTimers();
  try {
    const ends: string[] = [];
    let checks = 0;
    watchHealth(
      async () => {
        checks += 1;
        return { ...SILENT, process: { state: "T", cpuMs: 1 } };
      },
      (reason) => ends.push(reason),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect({ checks, ends }).toEqual({
      checks: 2,
      ends: ["it was stopped (SIGSTOP) and does not answer"],
    });
  } finally {
    vi.useRealTimers();
  }
});
