import { expect, test } from "vitest";
import { compileRegex } from "../../../src/document/query/regular-expression.ts";

const EVIL = `${"a".repeat(100_000)}!`;

test.each([
  "^(a+)+$",
  "(a|aa)+$",
  "(a*)*b",
  "a*a*a*a*b",
  "^(.*?,){20}x",
  "(x+x+)+y",
  "(?:a?){50}a{50}$",
  String.raw`(\w+\s*)+:`,
  "(?<=a+)b",
])("%s is searched in linear time", (pattern) => {
  const matches = compileRegex(pattern, "");
  const start = performance.now();
  expect(matches(EVIL)).toBe(false);
  expect(performance.now() - start).toBeLessThan(3000);
});

/** The values are those of `re.search` in Python 3.11. */
test.each<[string, string, boolean]>([
  [String.raw`world\Z`, "hello world", true],
  [String.raw`world\Z`, "hello world\n", false],
  [String.raw`\Ahello`, "hello world", true],
  [String.raw`\Aworld`, "hello world", false],
  ["(?i)^hello", "HELLO", true],
  ["(?i:h)ello", "Hello", true],
  ["(?P<n>x)", "x", true],
  ["(?s)a.b", "a\nb", true],
  ["a.b", "a\nb", false],
  ["lo$", "hello\n", true],
  ["(?m)^b$", "a\nb\nc", true],
  ["^b$", "a\nb\nc", false],
  [String.raw`^\w+$`, "été", true],
  [String.raw`(?a)^\w+$`, "été", false],
  [String.raw`\d`, "٣", true],
  [String.raw`\s`, "a\u00A0b", true],
  [String.raw`^[^\W\d]+$`, "abc", true],
  [String.raw`^[^\W\d]+$`, "ab1", false],
  [String.raw`[\W]`, "é_", false],
  [String.raw`^\u00e9$`, "é", true],
  [String.raw`\x41\t`, "A\t", true],
  ["^a{,2}$", "aa", true],
  ["^a{,2}$", "aaa", false],
  ["a{x", "a{x", true],
  ["[]a]", "]", true],
  ["[[:alpha:]]", ":]", true],
  ["a(?#comment)b", "ab", true],
  ["(?x) a b # comment", "ab", true],
  ["(?<=h)e", "he", true],
  ["(?<!h)e", "he", false],
  [String.raw`\blamp\b`, "a lamp!", true],
])("%s in %j: %s", (pattern, text, expected) => {
  expect(compileRegex(pattern, "")(text)).toBe(expected);
});

test("$options are flags", () => {
  expect(compileRegex("^a b$ # x", "imx")("b\nAB\nc")).toBe(true);
});

test.each([
  ["(", "missing closing )"],
  ["a)", "unexpected )"],
  ["[a", "a [ has no ]"],
  ["*a", "missing argument to repetition operator"],
  ["a{2000}", "invalid repeat count"],
  ["a\\", "the pattern ends with a backslash"],
  [String.raw`(a)\1`, "back references such as \\1 are not supported"],
  ["(?P<n>a)(?P=n)", "back references such as (?P=name) are not supported"],
  ["a(?=b)", "lookahead (?= is not supported: combine conditions with $and and $not"],
  ["a(?!b)", "lookahead (?! is not supported"],
  ["(?>a)", "atomic groups (?> are not supported: write (?:"],
  ["a*+", "possessive quantifiers are not supported: write *"],
  ["(?(1)a|b)", "groups that start with (?( are not supported"],
  ["a".repeat(1001), "the pattern has more than 1000 letters"],
])("%s is refused: %s", (pattern, message) => {
  expect(() => compileRegex(pattern, "")).toThrow(
    expect.objectContaining({
      name: "RangeError",
      message: expect.stringContaining(message) as string,
    }) as Error,
  );
});
