import { expect, test } from "vitest";
import { compileTargetPattern } from "../../../src/gateway/topology/target-pattern.ts";

test.each([
  ["exec", "executor0", true],
  ["executor0", "exec", false],
  ["ecutor", "executor0", false],
  ["(?P<a>e)x(?P=a)c", "exec", true],
  ["(?i)EXEC", "executor0", true],
  [String.raw`exec\Z`, "executor0", false],
  [String.raw`\Aexec`, "executor0", true],
  ["a|b", "box", true],
  ["exec.*1$", "executor1", true],
  ["exec.*1$", "executor12", false],
])("re.match(%j, %j) is %s", (pattern, name, expected) => {
  const isMatch = compileTargetPattern(pattern);
  expect(isMatch(name)).toBe(expected);
  expect(isMatch(name)).toBe(expected);
});

test("an invalid pattern is refused, and the message names it", () => {
  expect(() => compileTargetPattern("(")).toThrow(
    'target_executor "(" is not a valid regular expression',
  );
});
