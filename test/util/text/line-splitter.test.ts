import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { LineSplitter, readLines } from "../../../src/util/text/line-splitter.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

test("lines come when they are whole, whatever the chunks", () => {
  const splitter = new LineSplitter(100);
  expect(splitter.push(bytes("one\ntw"))).toEqual(["one"]);
  expect(splitter.push(bytes("o\r\n\nthr"))).toEqual(["two", ""]);
  expect(splitter.end()).toEqual(["thr"]);
  expect(splitter.end()).toEqual([]);
});

test("a character that two chunks share is one character", () => {
  const splitter = new LineSplitter(100);
  const euro = bytes("€\n");
  expect(splitter.push(euro.subarray(0, 1))).toEqual([]);
  expect(splitter.push(euro.subarray(1))).toEqual(["€"]);
});

test("a line without end is cut, so that memory stays bounded", () => {
  const splitter = new LineSplitter(4);
  expect(splitter.push(bytes("abcdefghij"))).toEqual(["abcd", "efgh"]);
  expect(splitter.push(bytes("k\nlmnop\n"))).toEqual(["ijk", "lmno", "p"]);
});

test("every line of a stream is read, the last one also without its end", async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  const read = readLines(stream, 100, (line) => lines.push(line));
  stream.end("one\ntwo");
  await read;
  expect(lines).toEqual(["one", "two"]);
});
