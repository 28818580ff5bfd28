import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { timeOf } from "../../../src/cli/program/options.ts";

const NOW = new Date(2026, 10, 30, 15, 0, 0);

beforeEach(() => {
  vi.setSystemTime(NOW);
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  { text: "5m", want: new Date(2026, 10, 30, 14, 55) },
  { text: "100d", want: new Date(NOW.getTime() - 100 * 86_400_000) },
  { text: "14:30", want: new Date(2026, 10, 30, 14, 30) },
  { text: "14:30:05", want: new Date(2026, 10, 30, 14, 30, 5) },
  { text: "2026-11-29", want: new Date(2026, 10, 29) },
  { text: "2026-11-29T08:00", want: new Date(2026, 10, 29, 8) },
  { text: "2026-11-29 08:00:01", want: new Date(2026, 10, 29, 8, 0, 1) },
  { text: "2026-11-29T08:00:00Z", want: new Date("2026-11-29T08:00:00Z") },
])("$text is a time", ({ text, want }) => {
  expect(timeOf(text)).toEqual(want);
});

test.each(["", "yesterday", "25:00", "14:60", "2026-13-01", "2026-11-29T", "Nov 3"])(
  "%j is not a time",
  (text) => {
    expect(() => timeOf(text)).toThrow(/such as 14:30/);
  },
);
