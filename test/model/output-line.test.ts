import { expect, test } from "vitest";
import { formatOutputLine, parseOutputLine } from "../../src/model/output-line.ts";

test.each([
  { at: new Date("2026-11-24T11:00:00.000Z"), stream: "stdout", text: "hello" },
  { at: new Date("2026-11-24T11:00:00.123Z"), stream: "stderr", text: "" },
  { at: new Date("2026-11-24T11:00:00.123Z"), stream: "event", text: "killed by SIGKILL" },
  {
    at: new Date("2026-11-24T11:00:00.123Z"),
    stream: "stderr",
    text: "E 2026-11-24 \r with blanks ",
  },
] as const)("%j is read as it was written", (line) => {
  expect(parseOutputLine(formatOutputLine(line))).toEqual(line);
});

test.each(["", "2026-11-24T11:00", "hello", "2026-11-24T11:00:00.000Z X text"])(
  "%j is no whole line",
  (text) => {
    expect(parseOutputLine(text)).toBeUndefined();
  },
);
