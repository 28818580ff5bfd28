import { expect, test } from "vitest";
import { splitLines } from "../../src/util/split-lines.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

test("lines come when they are whole, whatever the chunks", () => {
  const splitter = splitLines(100);
  expect(splitter.push(bytes("one\ntw"))).toEqual(["one"]);
  expect(splitter.push(bytes("o\r\n\nthr"))).toEqual(["two", ""]);
  expect(splitter.end()).toEqual(["thr"]);
  expect(splitter.end()).toEqual([]);
});

test("a character that two chunks share is one character", () => {
  const splitter = splitLines(100);
  const euro = bytes("€\n");
  expect(splitter.push(euro.subarray(0, 1))).toEqual([]);
  expect(splitter.push(euro.subarray(1))).toEqual(["€"]);
});

test("a line without end is cut, so that memory stays bounded", () => {
  const splitter = splitLines(4);
  expect(splitter.push(bytes("abcdefghij"))).toEqual(["abcd", "efgh"]);
  expect(splitter.push(bytes("k\nlmnop\n"))).toEqual(["ijk", "lmno", "p"]);
});
