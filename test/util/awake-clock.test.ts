import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AwakeClock } from "../../src/util/awake-clock.ts";

let at = 0;
beforeEach(() => {
  at = 1_000;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets the time pass as in a process that runs. */
function run(clock: AwakeClock, ms: number): void {
  for (let passed = 0; passed < ms; passed += 250) {
    at += 250;
    clock.now();
    vi.advanceTimersByTime(250);
  }
}

/** Lets the time pass while the process is stopped: timers that are due fire when it continues. */
function suspend(ms: number): void {
  at += ms;
  vi.advanceTimersByTime(ms);
}

test("the clock stands still during a suspension", () => {
  const clock = new AwakeClock(() => at);
  run(clock, 1_000);
  expect(clock.now()).toBe(2_000);
  suspend(60_000);
  expect({ now: clock.now(), suspendedMs: clock.suspendedMs }).toEqual({
    now: 2_000,
    suspendedMs: 60_000,
  });
  run(clock, 500);
  expect(clock.now()).toBe(2_500);
});

test("a short gap between two readings is not a suspension", () => {
  const clock = new AwakeClock(() => at);
  at += 1_900;
  expect({ now: clock.now(), suspendedMs: clock.suspendedMs }).toEqual({
    now: 2_900,
    suspendedMs: 0,
  });
});

test("a wait does not end because of a suspension", () => {
  const clock = new AwakeClock(() => at);
  const act = vi.fn<() => void>();
  clock.after(10_000, act);
  run(clock, 4_000);
  suspend(60_000);
  run(clock, 5_750);
  expect(act).not.toHaveBeenCalled();
  run(clock, 500);
  expect(act).toHaveBeenCalledTimes(1);
});

test("a wait that is ended does not act", () => {
  const clock = new AwakeClock(() => at);
  const act = vi.fn<() => void>();
  const end = clock.after(1_000, act);
  end();
  run(clock, 5_000);
  expect(act).not.toHaveBeenCalled();
});
