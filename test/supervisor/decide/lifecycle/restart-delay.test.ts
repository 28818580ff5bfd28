import { describe, expect, test } from "vitest";
import {
  isYoungDeath,
  nextDelay,
  withJitter,
} from "../../../../src/supervisor/decide/lifecycle/restart-delay.ts";

describe("the wait before a restart", () => {
  test.each([
    { lastMs: 0, young: true, leaderless: false, wait: 500, rule: "the first wait is 0.5 s" },
    {
      lastMs: 500,
      young: true,
      leaderless: false,
      wait: 1000,
      rule: "the wait doubles while the process ends early",
    },
    {
      lastMs: 16_000,
      young: true,
      leaderless: false,
      wait: 30_000,
      rule: "the wait is 30 s at most",
    },
    {
      lastMs: 30_000,
      young: true,
      leaderless: false,
      wait: 30_000,
      rule: "the wait stays at 30 s",
    },
    {
      lastMs: 30_000,
      young: false,
      leaderless: false,
      wait: 500,
      rule: "a process that served for long starts again at 0.5 s",
    },
    {
      lastMs: 8_000,
      young: true,
      leaderless: true,
      wait: 500,
      rule: "a copy of a shard without a primary never waits longer",
    },
  ])("$rule", ({ lastMs, young, leaderless, wait }) => {
    expect(nextDelay(lastMs, young, leaderless)).toBe(wait);
  });

  test("an exit within 5 s of being ready is early", () => {
    expect([0, 4_999, 5_000, 60_000].map(isYoungDeath)).toEqual([true, true, false, false]);
  });
});

test.each([
  [0, 400],
  [0.25, 450],
  [0.5, 500],
  [1, 600],
])("with the random number %s, a wait of 500 ms is one of %s ms", (random, wait) => {
  expect(withJitter(500, random)).toBe(wait);
});
