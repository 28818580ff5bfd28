import { expect, test } from "vitest";
import { levelOf } from "../../../../src/cli/commands/logs/line-level.ts";

test.each([
  ["WARNING the index is empty", "warn"],
  ["ERROR executor0 failed", "error"],
  ["[info] loaded", "info"],
  ["12:00:01.250 DEBUG loaded", "debug"],
  ["2026-11-30 12:00:01,250 CRITICAL: no memory", "error"],
  ["2026-11-30T12:00:01.250Z warn: slow", "warn"],
  ["[2026-11-30T12:00:01+01:00] ERROR text", "error"],
  ["fatal: no such file", "error"],
  ['{"level":30,"msg":"ready"}', "info"],
  ['{"level":"warning","message":"slow"}', "warn"],
  ["Error: no such file", "error"],
])("%j has the level %s", (text, level) => {
  expect(levelOf(text)).toBe(level);
});

test.each([
  "",
  "Error while loading",
  "info about the index",
  "INFORMATION x",
  "    at load (teller.ts:3:1)",
  "{not json",
  '{"msg":"no level"}',
  "constructor: x",
])("%j has no level", (text) => {
  expect(levelOf(text)).toBeUndefined();
});
