import { expect, test } from "vitest";
import { compileGrep } from "../../../../src/cli/commands/logs/grep.ts";
import { linesOfPrevious, selectLines } from "../../../../src/cli/commands/logs/select-lines.ts";
import { PROCESS_STARTS, type OutputLine } from "../../../../src/model/output-line.ts";

const line = (text: string, second = 0): OutputLine => ({
  at: new Date(Date.UTC(2026, 10, 30, 10, 0, second)),
  stream: text === PROCESS_STARTS ? "event" : "stdout",
  text,
});
const lines = (...texts: string[]): readonly OutputLine[] => texts.map((text) => line(text));
const texts = (found: readonly OutputLine[] | undefined): readonly string[] | undefined =>
  found?.map(({ text }) => text);

const START = PROCESS_STARTS;

test.each([
  { given: [START, "a", START, "b", START, "c"], hasEnded: false, want: [START, "b"] },
  { given: [START, "a", START, "b", START, "c"], hasEnded: true, want: [START, "c"] },
  { given: [START, "a"], hasEnded: false, want: undefined },
  { given: [START, "a"], hasEnded: true, want: [START, "a"] },
  {
    given: ["the rest of a rotated file", START, "b"],
    hasEnded: false,
    want: ["the rest of a rotated file"],
  },
  { given: ["no start"], hasEnded: false, want: undefined },
  { given: [], hasEnded: true, want: undefined },
])("the previous process of $given, ended: $hasEnded, is $want", ({ given, hasEnded, want }) => {
  expect(texts(linesOfPrevious(lines(...given), hasEnded))).toEqual(want);
});

test("text that an executor prints does not start a process", () => {
  const printed: OutputLine = { at: new Date(), stream: "stdout", text: START };
  expect(linesOfPrevious([...lines(START), printed, ...lines("a")], false)).toBeUndefined();
});

test("the last lines are those that match and are late enough", () => {
  const given = [line("error 1", 1), line("error 2", 2), line("fine", 3), line("Error 3", 4)];
  const matches = compileGrep("(?i)^error");
  expect(texts(selectLines(given, { matches, tail: 2 }))).toEqual(["error 2", "Error 3"]);
  const since = new Date(Date.UTC(2026, 10, 30, 10, 0, 4));
  expect(texts(selectLines(given, { matches, since, tail: 2 }))).toEqual(["Error 3"]);
  expect(selectLines(given, { tail: 0 })).toEqual([]);
});

test("a pattern matches the text without its colors, in time in proportion to the text", () => {
  expect(compileGrep("^ERROR x")(line("\u001B[31mERROR\u001B[0m x"))).toBe(true);
  expect(compileGrep("^(a+)+$")(line(`${"a".repeat(50_000)}!`))).toBe(false);
});

test("an invalid pattern is refused with the reason", () => {
  expect(() => compileGrep("a(")).toThrow(
    '--grep "a(" is not a regular expression of RE2: missing closing )',
  );
});
