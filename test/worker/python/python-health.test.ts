import { describe, expect, test, vi } from "vitest";
import {
  addCheck,
  HEALTHY,
  judgeHealth,
  watchHealth,
  type HealthCheck,
} from "../../../src/worker/python/python-health.ts";

/** What comes of a number of looks, half a second apart. */
function judgeAfter(looks: number, lookAt: (index: number) => HealthCheck): string | undefined {
  let health = HEALTHY;
  for (let index = 0; index < looks; index += 1) health = addCheck(health, lookAt(index), 500);
  return judgeHealth(health);
}

const SILENT = { isServing: false };

describe("a Python executor is ended", () => {
  test.each<{
    name: string;
    looks: number;
    lookAt: (index: number) => HealthCheck;
    want: string | undefined;
  }>([
    {
      name: "within a second when it is stopped",
      looks: 2,
      lookAt: () => ({ ...SILENT, process: { state: "T", cpuMs: 5 } }),
      want: "it was stopped (SIGSTOP) and does not answer",
    },
    {
      name: "after 30 s in which it neither answers nor computes",
      looks: 61,
      lookAt: () => ({ ...SILENT, process: { state: "S", cpuMs: 5 } }),
      want: "no answer to a health check for 30 s, and idle",
    },
    {
      name: "not before, since a method may wait for something",
      looks: 59,
      lookAt: () => ({ ...SILENT, process: { state: "S", cpuMs: 5 } }),
      want: undefined,
    },
    {
      name: "never while it computes",
      looks: 1_000,
      lookAt: (index) => ({ ...SILENT, process: { state: "S", cpuMs: 10 * index } }),
      want: undefined,
    },
    {
      name: "never while it waits for the processor",
      looks: 1_000,
      lookAt: () => ({ ...SILENT, process: { state: "R", cpuMs: 5 } }),
      want: undefined,
    },
    {
      name: "after 30 s of silence where there is no /proc",
      looks: 60,
      lookAt: () => ({ ...SILENT, process: undefined }),
      want: "no answer to a health check for 30 s, and idle",
    },
    {
      name: "not when it answers now and then",
      looks: 1_000,
      lookAt: (index) => ({ isServing: index % 50 === 0, process: { state: "S", cpuMs: 5 } }),
      want: undefined,
    },
  ])("$name", ({ looks, lookAt, want }) => {
    expect(judgeAfter(looks, lookAt)).toBe(want);
  });

  test("not because its keeper was asleep", () => {
    const look: HealthCheck = { ...SILENT, process: { state: "S", cpuMs: 5 } };
    expect(judgeHealth(addCheck(HEALTHY, look, 3_600_000))).toBe(undefined);
  });
});

test("the reason is told once, after looks one at a time", async () => {
  vi.useFakeTimers();
  try {
    const ends: string[] = [];
    let looks = 0;
    watchHealth(
      async () => {
        looks += 1;
        return { ...SILENT, process: { state: "T", cpuMs: 1 } };
      },
      (reason) => ends.push(reason),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect({ looks, ends }).toEqual({
      looks: 2,
      ends: ["it was stopped (SIGSTOP) and does not answer"],
    });
  } finally {
    vi.useRealTimers();
  }
});
