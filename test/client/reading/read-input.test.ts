import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expandGlob } from "../../../src/client/reading/expand-glob.ts";
import type { InputItem } from "../../../src/client/reading/input.ts";
import { describeInputFile } from "../../../src/client/reading/input-file.ts";
import { readInput } from "../../../src/client/reading/read-input.ts";
import { splitLines } from "../../../src/client/reading/split-lines.ts";
import { Document } from "../../../src/document/document.ts";
import { documentToJson } from "../../../src/document/json/json-document.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-input-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function* chunksOf(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function show(item: InputItem): unknown {
  if (item.kind === "bad") return { line: item.location.line, bad: item.reason };
  return {
    line: item.document.location?.line,
    ...documentToJson(Document.decode(item.document.bytes), { empty: "omit" }),
  };
}

async function read(
  path: string,
  stdin: AsyncIterable<Uint8Array> = chunksOf("", 1),
): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of readInput([describeInputFile(path)], { stdin })) items.push(show(item));
  return items;
}

const JSONL = [
  '{"id": "a", "text": "one", "price": 3.5}',
  "",
  '{"id": "b", "tags": {"x": 1}, "x": 2}',
  "{broken",
  '{"id": "c", "weight": "heavy"}',
  "[1]",
  '{"id": "d"}',
].join("\n");

const JSONL_ITEMS = [
  { line: 1, id: "a", text: "one", tags: { price: 3.5 } },
  { line: 3, id: "b", tags: { x: 1 } },
  { line: 4, bad: expect.stringContaining("not valid JSON") as string },
  { line: 5, bad: 'document field "weight" must be a number, not "heavy"' },
  { line: 6, bad: "a document must be a JSON object" },
  { line: 7, id: "d" },
];

describe("JSON Lines", () => {
  test("become documents with line numbers, and unknown keys become tags", async () => {
    expect(await read(write("a.jsonl", JSONL))).toEqual(JSONL_ITEMS);
  });

  test("are read from stdin", async () => {
    expect(await read("-", chunksOf(JSONL, 7))).toEqual(JSONL_ITEMS);
  });

  test("are read through gzip", async () => {
    expect(await read(write("a.jsonl.gz", gzipSync(JSONL)))).toEqual(JSONL_ITEMS);
  });

  test("a gzip file that is cut off yields the documents before the cut, its line, and the next file", async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) => `{"id":"${i}","text":"${randomBytes(20).toString("hex")}"}`,
    );
    const zipped = gzipSync(lines.join("\n"));
    const cut = write("cut.jsonl.gz", zipped.subarray(0, zipped.length / 2));
    const next = write("next.jsonl", '{"id": "next"}');
    const items: InputItem[] = [];
    for await (const item of readInput(
      [cut, next].map((path) => describeInputFile(path)),
      { stdin: chunksOf("", 1) },
    ))
      items.push(item);
    const [end, afterwards] = items.slice(-2).map(show);
    expect(items.length).toBeGreaterThan(5000);
    expect(end).toEqual({
      line: items.length - 2,
      bad: "the gzip data is cut off or damaged after this line: the rest of the file is not read",
    });
    expect(afterwards).toEqual({ line: 1, id: "next" });
  });

  test.each(["false.jsonl.gz", "false.csv.gz", "false.txt.gz"])(
    "%s, which is no gzip, is bad as a whole",
    async (name) => {
      expect(await read(write(name, '{"id": "a"}\n'))).toEqual([
        { line: 0, bad: "the gzip data is cut off or damaged: the rest of the file is not read" },
      ]);
    },
  );

  test("a document over several lines gets a hint with the command that converts the file", async () => {
    const [first] = await read(write("pretty.json", '{\n  "id": "a"\n}\n'));
    expect(first).toEqual({ line: 1, bad: expect.stringMatching(/one line; jq -c \. /) as string });
  });

  test("may start with a byte order mark and end lines with CRLF", async () => {
    expect(await read(write("w.jsonl", '\uFEFF{"id": "a"}\r\n{"id": "b"}\r\n'))).toEqual([
      { line: 1, id: "a" },
      { line: 2, id: "b" },
    ]);
  });

  test("a line that is not UTF-8 is a bad item, and the lines around it are read", async () => {
    const latin1 = Buffer.concat([
      Buffer.from('{"id": "a"}\n'),
      Buffer.from('{"id": "é"}\n', "latin1"),
      Buffer.from('{"id": "é"}'),
    ]);
    expect(await read(write("latin1.jsonl", latin1))).toEqual([
      { line: 1, id: "a" },
      { line: 2, bad: "not valid UTF-8" },
      { line: 3, id: "é" },
    ]);
  });

  test("a missing file is an error that names it", async () => {
    await expect(read(join(folder, "none.jsonl"))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("none.jsonl") as string,
    });
  });
});

describe("a JSON array", () => {
  const LIST =
    '\n[ {"id": "a", "text": "], [\\""},\n  {\n    "id": "b",\n    "embedding": [1, 2]\n  },\n1, {oops}, {"id": "é"}\n]\n';
  const LIST_ITEMS = [
    { line: 2, id: "a", text: '], ["' },
    { line: 3, id: "b", embedding: [1, 2] },
    { line: 7, bad: "a document must be a JSON object" },
    { line: 7, bad: expect.stringContaining("not valid JSON") as string },
    { line: 7, id: "é" },
  ];

  test("yields its entries with their first lines, and bad entries between them", async () => {
    expect(await read(write("list.json", LIST))).toEqual(LIST_ITEMS);
    expect(await read("-", chunksOf(LIST, 1))).toEqual(LIST_ITEMS);
    expect(await read(write("empty-list.json", " [\n ] "))).toEqual([]);
  });

  test("an entry that is not UTF-8 is a bad item", async () => {
    expect(
      await read(write("latin1.json", Buffer.from('[{"id":"é"},{"id":"b"}]', "latin1"))),
    ).toEqual([
      { line: 1, bad: "not valid UTF-8" },
      { line: 1, id: "b" },
    ]);
  });

  test.each([
    [
      "is cut off",
      '[{"id":"a"},\n{"id":',
      { line: 2, bad: "the array is cut off: its end is missing" },
    ],
    [
      "goes on after its end",
      '[{"id":"a"}]\n{"id":"b"}',
      { line: 2, bad: "text follows the end of the array" },
    ],
  ])("that %s yields its entries, then the problem", async (_, text, end) => {
    expect(await read(write("bad-list.json", text))).toEqual([{ line: 1, id: "a" }, end]);
  });
});

describe("UTF-16", () => {
  test.each(["w.jsonl", "w.csv", "w.txt"])(
    "with its mark, as Windows writes it, is read (%s)",
    async (name) => {
      const text = { "w.jsonl": '{"id": "é"}\r\n', "w.csv": "id\r\né\r\n", "w.txt": "é" }[name]!;
      for (const bytes of [
        Buffer.from(`\uFEFF${text}`, "utf16le"),
        Buffer.from(`\uFEFF${text}`, "utf16le").swap16(),
      ]) {
        const [item, ...more] = await read(write(name, bytes));
        expect([JSON.stringify(item)?.includes("é"), more]).toEqual([true, []]);
      }
    },
  );
});

describe("CSV", () => {
  test("columns with field names set fields, the rest set tags, and quoted line ends are counted", async () => {
    const csv = [
      "id,text,price,code,embedding",
      'a,"one, two",3.5,007,"[1, 2]"',
      'b,"three',
      'four",,x,',
      "c,five,1e3,,",
    ].join("\n");
    expect(await read(write("a.csv", csv))).toEqual([
      { line: 2, id: "a", text: "one, two", tags: { price: 3.5, code: "007" }, embedding: [1, 2] },
      { line: 4, id: "b", text: "three\nfour", tags: { code: "x" } },
      { line: 5, id: "c", text: "five", tags: { price: "1e3" } },
    ]);
  });

  test("a quote inside a cell is text", async () => {
    expect(
      await read(write("quotes.csv", 'id,text\na,12" monitor\nb,"one" two\nc,"a ""b"""\n')),
    ).toEqual([
      { line: 2, id: "a", text: '12" monitor' },
      { line: 3, id: "b", text: '"one" two' },
      { line: 4, id: "c", text: 'a "b"' },
    ]);
  });

  test.each([
    ["semicolons, as of Excel in half of Europe", 'id;text\r\na;"1,5; 2"\r\n'],
    ["tabs", 'id\ttext\na\t"1,5; 2"\n'],
  ])("the delimiter may be %s", async (_, csv) => {
    expect(await read(write("parted.csv", csv))).toEqual([{ line: 2, id: "a", text: "1,5; 2" }]);
  });

  test("a record without an end is reported once, at its first line", async () => {
    const row = `c,${"x".repeat(1000)}\n`;
    const parts = [
      'id,text\na,1\nb\nc,"',
      ...Array.from({ length: 70 }, () => row.repeat(1000)),
      'd",2\ne,3\n',
    ];
    expect(await read(write("endless.csv", parts.join("")))).toEqual([
      { line: 2, id: "a", text: "1" },
      { line: 3, bad: expect.stringContaining("Record") as string },
      {
        line: 4,
        bad: expect.stringMatching(/^a record of more than \d+ bytes starts here/) as string,
      },
    ]);
  });

  test("a quote that is never closed is reported at the first line of its record", async () => {
    expect(await read(write("unclosed.csv", 'id,text\na,1\nb,"2\nc,3\n'))).toEqual([
      { line: 2, id: "a", text: "1" },
      { line: 3, bad: "a quote starts here and is never closed" },
    ]);
  });

  test("a record that is not UTF-8 is a bad item, and column names may be any UTF-8", async () => {
    const csv = Buffer.concat([
      Buffer.from("\uFEFFid,größe\na,naïve 漢\n"),
      Buffer.from("b,café\n", "latin1"),
      Buffer.from("c,\uFFFD\n"),
    ]);
    expect(await read(write("latin1.csv", csv))).toEqual([
      { line: 2, id: "a", tags: { größe: "naïve 漢" } },
      { line: 3, bad: "not valid UTF-8" },
      { line: 4, id: "c", tags: { größe: "\uFFFD" } },
    ]);
  });

  test("a malformed record is a bad item, and the records around it are read", async () => {
    expect(await read(write("bad.csv", "id,weight\na,1\nb\nc,heavy\nd,2\n"))).toEqual([
      { line: 2, id: "a", weight: 1 },
      { line: 3, bad: expect.stringContaining("Record") as string },
      { line: 4, bad: expect.stringContaining('column "weight" is not valid JSON') as string },
      { line: 5, id: "d", weight: 2 },
    ]);
  });
});

describe("plain text", () => {
  test("each file is one document with its path as id", async () => {
    const path = write("note.txt", "line one\nline two\n");
    expect(await read(path)).toEqual([
      { line: 0, id: path, uri: path, text: "line one\nline two\n" },
    ]);
  });

  test("that is not UTF-8 is a bad item", async () => {
    expect(await read(write("latin1.txt", Buffer.from("café", "latin1")))).toEqual([
      { line: 0, bad: "not valid UTF-8" },
    ]);
  });
});

describe("splitting lines", () => {
  async function split(text: string, size: number, maxBytes: number): Promise<unknown[]> {
    const lines: unknown[] = [];
    for await (const line of splitLines(chunksOf(text, size), maxBytes))
      lines.push([line.number, "problem" in line ? `${line.problem}: ${line.start}` : line.text]);
    return lines;
  }

  test.each([1, 2, 3, 5, 100])(
    "gives the same lines whatever the chunks (%i bytes)",
    async (size) => {
      expect(await split("a\n\nbé\r\nc", size, 1000)).toEqual([
        [1, "a"],
        [2, ""],
        [3, "bé"],
        [4, "c"],
      ]);
    },
  );

  test("a line that is too long uses no memory, and the lines around it are read", async () => {
    expect(await split(`a\n${"x".repeat(5000)}\nb`, 100, 1000)).toEqual([
      [1, "a"],
      [2, `longer than 1000 bytes: ${"x".repeat(200)}`],
      [3, "b"],
    ]);
  });
});

describe("globs", () => {
  test("match files in sorted order, in one folder or in any depth", async () => {
    const root = join(folder, "glob");
    mkdirSync(join(root, "sub/deep"), { recursive: true });
    for (const name of ["b.txt", "a.txt", ".hidden.txt", "c.md", "sub/d.txt", "sub/deep/e.txt"])
      writeFileSync(join(root, name), name);
    const find = async (pattern: string): Promise<string[]> =>
      (await expandGlob(join(root, pattern))).map((path) => relative(root, path));
    expect(await find("*.txt")).toEqual(["a.txt", "b.txt"]);
    expect(await find("?.md")).toEqual(["c.md"]);
    expect(await find("**/*.txt")).toEqual(["a.txt", "b.txt", "sub/d.txt", "sub/deep/e.txt"]);
    expect(await find("*/d.txt")).toEqual(["sub/d.txt"]);
    expect(await find("*.none")).toEqual([]);
    expect(await expandGlob("plain.txt")).toEqual(["plain.txt"]);
  });
});
