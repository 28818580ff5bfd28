import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LineSplitter, readLines } from "../../../src/util/text/line-splitter.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textsOf = (pieces: ReturnType<LineSplitter["push"]>): string[] =>
  pieces.map(({ text }) => text);

test("lines come when they are whole, whatever the chunks", () => {
  const splitter = new LineSplitter(100);
  expect(textsOf(splitter.push(bytes("one\ntw")))).toEqual(["one"]);
  expect(textsOf(splitter.push(bytes("o\r")))).toEqual([]);
  expect(splitter.push(bytes("\n\nthr"))).toEqual([
    { text: "two", isProgress: false },
    { text: "", isProgress: false },
  ]);
  expect(textsOf(splitter.end())).toEqual(["thr"]);
  expect(splitter.end()).toEqual([]);
});

test("a character that two chunks share is one character", () => {
  const splitter = new LineSplitter(100);
  const euro = bytes("€\n");
  expect(splitter.push(euro.subarray(0, 1))).toEqual([]);
  expect(textsOf(splitter.push(euro.subarray(1)))).toEqual(["€"]);
});

test("a line without end is cut into marked pieces, so that memory stays bounded", () => {
  const splitter = new LineSplitter(4);
  expect(textsOf(splitter.push(bytes("abcdefghij")))).toEqual([
    "abcd [continues]",
    "[continued] efgh [continues]",
  ]);
  expect(textsOf(splitter.push(bytes("k\nlmnop\n")))).toEqual([
    "[continued] ijk",
    "lmno [continues]",
    "[continued] p",
  ]);
});

test("every line of a stream is read, the last one also without its end", async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  const read = readLines(stream, 100, (line) => lines.push(line));
  stream.end("one\ntwo");
  await read;
  expect(lines).toEqual(["one", "two"]);
});

describe("a line that is written again after a carriage return", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function watchBar(
    write: (stream: PassThrough) => Promise<void>,
  ): Promise<readonly string[]> {
    const stream = new PassThrough();
    const lines: string[] = [];
    const read = readLines(stream, 100, (line) => lines.push(line));
    await write(stream);
    stream.end();
    await vi.advanceTimersByTimeAsync(0);
    await read;
    return lines;
  }

  test("is shown once a second, in its latest state, and at its end", async () => {
    const lines = await watchBar(async (stream) => {
      for (let percent = 0; percent < 35; percent += 1) {
        stream.write(`\r${percent}%`);
        await vi.advanceTimersByTimeAsync(100);
      }
    });
    expect(lines).toEqual(["9%", "19%", "29%", "34%"]);
  });

  test("is shown although it does not change any more, and once only", async () => {
    const lines = await watchBar(async (stream) => {
      stream.write("\r50%");
      await vi.advanceTimersByTimeAsync(5_000);
      stream.write("\nnext\n");
    });
    expect(lines).toEqual(["50%", "next"]);
  });

  test("is shown in its last state if its end is empty", async () => {
    const lines = await watchBar(async (stream) => {
      stream.write("50%\r100%\r\r\nnext\n");
    });
    expect(lines).toEqual(["100%", "next"]);
  });

  test("is not mistaken for lines that end with both characters", async () => {
    const lines = await watchBar(async (stream) => {
      stream.write("one\r");
      await vi.advanceTimersByTimeAsync(2_000);
      stream.write("\ntwo\r\n");
    });
    expect(lines).toEqual(["one", "two"]);
  });
});
