import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readBytes } from "./read-bytes.ts";

test.each([
  ["an old Excel file", Buffer.from("d0cf11e0a1b11ae1", "hex"), "an Excel or Word file"],
  ["a SQLite database", Buffer.from("SQLite format 3\0"), "a SQLite database"],
  ["a pickle", Buffer.from([0x80, 4, 0x95, 1]), "a pickle of Python"],
  ["an image", Buffer.from("89504e470d0a1a0a", "hex"), "an image"],
  ["a ZIP archive in gzip", gzipSync(Buffer.from("PK\u0003\u0004zip")), "a ZIP archive"],
  ["bytes", Buffer.alloc(64), "not text: it consists of NUL bytes"],
  ["UTF-16", Buffer.from("id,text\na,b\n", "utf16le"), "UTF-16 without a byte order mark: add"],
])("%s is named, whatever its name", async (_, bytes, reason) => {
  for (const name of ["a.csv", "a.jsonl", "a.txt", "a.bin"])
    expect(await readBytes(name, bytes)).toMatchObject([
      { line: 0, bad: expect.stringContaining(`the file is ${reason}`) as string },
    ]);
});

test("a few NUL bytes in a cell or a text are read", async () => {
  expect(await readBytes("a.csv", "id,text\na,x\0y\n")).toEqual([
    { line: 2, id: "a", text: "x\0y" },
  ]);
});

test("the encoding of text without a byte order mark may be given", async () => {
  const utf16 = Buffer.from('{"id":"é"}', "utf16le");
  expect(await readBytes("a.jsonl", utf16, { encoding: "utf-16le" })).toEqual([
    { line: 1, id: "é" },
  ]);
});

test("gzip may be followed by zeros, and may hold gzip", async () => {
  const gzip = gzipSync('{"id":"a"}\n');
  for (const bytes of [Buffer.concat([gzip, Buffer.alloc(1000)]), gzipSync(gzip)])
    expect(await readBytes("a.jsonl", bytes)).toEqual([{ line: 1, id: "a" }]);
});
