import { expect, test } from "vitest";
import { formatBytes } from "../../../src/util/text/format-bytes.ts";
import { formatAge, formatMs, parseDuration } from "../../../src/cli/terminal/units.ts";

test.each([
  [999, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [3_599_999, "59m"],
  [3_600_000, "1h"],
  [86_400_000 * 3, "3d"],
])("an age of %i ms reads %s", (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test.each([
  [0, "0"],
  [1023, "1023"],
  [1024, "1.0Ki"],
  [312 * 1024 * 1024, "312Mi"],
  [1.5 * 1024 ** 3, "1.5Gi"],
])("%i bytes read %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [17.6, "18ms"],
  [1200, "1.2s"],
])("%f ms read %s", (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["30", 30_000],
  ["2m", 120_000],
  ["1.5h", 5_400_000],
  ["soon", undefined],
  ["-1s", undefined],
  ["", undefined],
])("the duration %j is %s ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test("a duration may be given in days", () => {
  expect(parseDuration("100d")).toBe(8_640_000_000);
});
