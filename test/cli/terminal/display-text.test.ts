import { expect, test } from "vitest";
import {
  cutText,
  displayWidth,
  toOneLine,
  wrapParts,
} from "../../../src/cli/terminal/display-text.ts";

test.each([
  { text: "lamp", width: 4 },
  { text: "灯", width: 2 },
  { text: "👩‍👩‍👧‍👦!", width: 3 },
  { text: "é", width: 1 },
  { text: "", width: 0 },
])("$text takes $width columns", ({ text, width }) => {
  expect(displayWidth(text)).toBe(width);
});

test.each([
  { text: "a long lamp", width: 7, cut: "a long…" },
  { text: "a long lamp", width: 8, cut: "a long…" },
  { text: "a long lamp", width: 11, cut: "a long lamp" },
  { text: "灯灯灯灯", width: 6, cut: "灯灯…" },
  { text: "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", width: 3, cut: "👩‍👩‍👧‍👦…" },
])("a text is cut between whole characters: $cut", ({ text, width, cut }) => {
  expect(cutText(text, width)).toBe(cut);
  expect(displayWidth(cutText(text, width))).toBeLessThanOrEqual(width);
});

test("line breaks become spaces, and control characters are removed", () => {
  expect(toOneLine("a\r\n\tlamp \u001B[31mred\u0007\u202E")).toBe("a lamp [31mred");
});

test.each([
  { width: undefined, text: "hello  green  8/8 ready" },
  { width: 23, text: "hello  green  8/8 ready" },
  { width: 22, text: "hello  green\n8/8 ready" },
  { width: 3, text: "hello\ngreen\n8/8 ready" },
])("parts are wrapped to $width columns", ({ width, text }) => {
  expect(wrapParts(["hello", "green", "8/8 ready"], width)).toBe(text);
});
