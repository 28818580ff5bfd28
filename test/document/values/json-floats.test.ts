import { describe, expect, test } from "vitest";
import { parseJsonWithFloats, writtenNumber } from "../../../src/document/values/json-floats.ts";

/** Returns a value with its numbers as `1i` or `1f`. */
function tell(value: unknown): unknown {
  const number = writtenNumber(value);
  if (number !== undefined) return `${number.value}${number.isFloat ? "f" : "i"}`;
  if (Array.isArray(value)) return value.map(tell);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tell(item)]));
}

describe("a number is a float where JSON wrote a float", () => {
  test.each([
    ["1", "1i"],
    ["-0", "0i"],
    ["1.0", "1f"],
    ["1.50", "1.5f"],
    ["1e3", "1000f"],
    ["-2E-1", "-0.2f"],
    ["2.5e1", "25f"],
    ["0.9999999999999999999", "1f"],
    ["7.00000000000000000001", "7f"],
    ["0.99999999", "0.99999999f"],
    ["9007199254740993.5", "9007199254740994f"],
    ["-1234567890123456.5", "-1234567890123456.5f"],
    ["1234567890123456789", "1234567890123456800i"],
    ["[1,1.0,-3.00]", ["1i", "1f", "-3f"]],
    [' { "a" : 2.0 , "b":[ 2 ] } ', { a: "2f", b: ["2i"] }],
  ])("%s", (json, told) => {
    expect(tell(parseJsonWithFloats(json))).toEqual(told);
  });
});

test.each([
  String.raw`{"a":"1.0","b":"say \"2.0\" and \\","c":3.0}`,
  String.raw`{"4.0":"\\\"5.0","d\"":6.0}`,
  String.raw`["\u0022 1.0", "", "7.0\\\\"]`,
])("numbers inside of texts and keys stay text: %s", (json) => {
  const plain = JSON.stringify(tell(JSON.parse(json)));
  const marked = JSON.stringify(tell(parseJsonWithFloats(json)));
  expect(marked.replaceAll(/(\d)f"/g, '$1i"')).toBe(plain);
});

test("a whole number above 2^53 keeps its digits", () => {
  const number = writtenNumber(parseJsonWithFloats("1234567890123456789"));
  expect(number).toMatchObject({ isFloat: false, text: "1234567890123456789" });
});

test("a long text of quotes is scanned once", () => {
  const json = JSON.stringify(['\\"'.repeat(1_000_000), 1.5]).replace("1.5", "1.0");
  expect(tell(parseJsonWithFloats(json))).toEqual(['\\"'.repeat(1_000_000), "1f"]);
});

test("invalid JSON is rejected with the error of JSON.parse", () => {
  expect(() => parseJsonWithFloats('{"a":1.0')).toThrow(SyntaxError);
});
