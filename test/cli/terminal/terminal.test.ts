import { expect, test } from "vitest";
import { wantsColor } from "../../../src/cli/terminal/terminal.ts";

test.each([
  { name: "a terminal", tty: true, env: {}, flag: undefined, want: true },
  { name: "a pipe", tty: false, env: {}, flag: undefined, want: false },
  {
    name: "NO_COLOR on a terminal",
    tty: true,
    env: { NO_COLOR: "1" },
    flag: undefined,
    want: false,
  },
  { name: "an empty NO_COLOR", tty: true, env: { NO_COLOR: "" }, flag: undefined, want: true },
  {
    name: "FORCE_COLOR in a pipe",
    tty: false,
    env: { FORCE_COLOR: "1" },
    flag: undefined,
    want: true,
  },
  {
    name: "FORCE_COLOR=0 on a terminal",
    tty: true,
    env: { FORCE_COLOR: "0" },
    flag: undefined,
    want: false,
  },
  {
    name: "NO_COLOR before FORCE_COLOR",
    tty: true,
    env: { NO_COLOR: "1", FORCE_COLOR: "1" },
    flag: undefined,
    want: false,
  },
  { name: "the flag before NO_COLOR", tty: false, env: { NO_COLOR: "1" }, flag: true, want: true },
  { name: "a dumb terminal", tty: true, env: { TERM: "dumb" }, flag: undefined, want: false },
  { name: "CI", tty: true, env: { CI: "true" }, flag: undefined, want: false },
])("color for $name: $want", ({ tty, env, flag, want }) => {
  expect(wantsColor({ isTTY: tty }, env, flag)).toBe(want);
});
