import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { open, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { showsFormat } from "../../../src/client/reading/detect-format.ts";
import { expandGlob } from "../../../src/client/reading/expand-glob.ts";
import { readFieldMap } from "../../../src/client/reading/items/field-map.ts";
import type { RecordOptions } from "../../../src/client/reading/items/input-text.ts";
import type { InputItem } from "../../../src/client/reading/items/input.ts";
import { readInput } from "../../../src/client/reading/read-input.ts";
import { findDelimiter } from "../../../src/client/reading/table/delimiter.ts";
import { splitLines } from "../../../src/client/reading/bytes/split-lines.ts";
import { NOT_UTF8 } from "../../../src/client/reading/bytes/to-utf8.ts";
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
  if (item.kind === "notice") return { notice: item.text };
  return {
    line: item.document.location?.line,
    ...documentToJson(Document.decode(item.document.bytes), { empty: "omit" }),
  };
}

async function read(
  path: string,
  stdin: AsyncIterable<Uint8Array> = chunksOf("", 1),
  options: Partial<RecordOptions> = {},
): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of readInput([{ path }], { stdin, ...options })) items.push(show(item));
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
  {
    line: 5,
    bad: 'key "weight" must be a number, not "heavy". To load it as a tag: --map weight=tags.weight',
  },
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
      [cut, next].map((path) => ({ path })),
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

  test.each([
    ["false.jsonl.gz", '{"id":"a"}\n'],
    ["d.JSONL.GZ", gzipSync('{"id":"a"}\n')],
    ["hidden-gzip.csv", gzipSync("id,text\na,\n")],
  ])("the first bytes of %s say whether it is compressed", async (name, bytes) => {
    expect(await read(write(name, bytes))).toMatchObject([{ id: "a" }]);
    expect(await read("-", chunksOf(bytes, 1))).toMatchObject([{ id: "a" }]);
  });

  test("documents may be on several lines", async () => {
    const pretty =
      '{\n  "id": "a",\n  "text": "}\\""\n}\n\n{\n  "id": "b" } {"id":\n"c"}\n{\n  oops }\n';
    expect(await read(write("pretty.json", pretty))).toEqual([
      { line: 1, id: "a", text: '}"' },
      { line: 6, id: "b" },
      { line: 7, id: "c" },
      { line: 9, bad: expect.stringContaining("not valid JSON") as string },
    ]);
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
      { line: 2, bad: NOT_UTF8 },
      { line: 3, id: "é" },
    ]);
  });

  test("a missing file and a broken link are bad items", async () => {
    symlinkSync("gone", join(folder, "broken.jsonl"));
    expect([
      ...(await read(join(folder, "none.jsonl"))),
      ...(await read(join(folder, "broken.jsonl"))),
    ]).toEqual([
      { line: 0, bad: "the file does not exist" },
      { line: 0, bad: "the link leads to gone, which does not exist" },
    ]);
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
      { line: 1, bad: NOT_UTF8 },
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
      "c,five,10.00,,",
    ].join("\n");
    expect(await read(write("a.csv", csv))).toEqual([
      { line: 2, id: "a", text: "one, two", tags: { price: 3.5, code: "007" }, embedding: [1, 2] },
      { line: 4, id: "b", text: "three\nfour", tags: { code: "x" } },
      { line: 5, id: "c", text: "five", tags: { price: 10 } },
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
      { line: 3, bad: 'the header has 2 cells, this row has 1 (delimiter ",")' },
      {
        line: 4,
        bad: expect.stringMatching(/^a record of more than \d+ bytes starts here/) as string,
      },
    ]);
  }, 60_000);

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
      { line: 3, bad: NOT_UTF8 },
      { line: 4, id: "c", tags: { größe: "\uFFFD" } },
    ]);
  });

  test("a malformed record is a bad item, and the records around it are read", async () => {
    expect(await read(write("bad.csv", "id,weight\na,1\nb\nc,heavy\nd,2\n"))).toEqual([
      { line: 2, id: "a", weight: 1 },
      { line: 3, bad: 'the header has 2 cells, this row has 1 (delimiter ",")' },
      { line: 4, bad: expect.stringContaining('column "weight" is not valid JSON') as string },
      { line: 5, id: "d", weight: 2 },
    ]);
  });
});

describe("what a table holds", () => {
  const csv = async (text: string, options?: Partial<RecordOptions>): Promise<unknown[]> =>
    read(write("table.csv", text), undefined, options);

  test.each([
    ["prices", "9.99 10.00 7.50 -1e-05", [9.99, 10, 7.5, -0.00001]],
    ["texts with leading zeros", "007 8", ["007", "8"]],
    ["numbers above 2^53", "1650000000000000001 5", ["1650000000000000001", "5"]],
    ["codes with an e", "12e5 3", ["12e5", "3"]],
    ["truth values", "TRUE false True", [true, false, true]],
    ["truth values and a number", "true 1", ["true", "1"]],
  ])("a column of %s has one type", async (_, cells, values) => {
    const rows = cells.split(" ").map((cell, i) => `r${i},${cell}\n`);
    const rowsRead = await csv(`id,v\n${rows.join("")}`);
    expect(rowsRead.map((row) => (row as { tags: { v: unknown } }).tags.v)).toEqual(values);
  });

  test("a pipe is typed by its beginning; other cells stay text with a notice", async () => {
    let release = (): void => undefined;
    const whenRead = new Promise<void>((resolve) => (release = resolve));
    async function* slow(): AsyncGenerator<Uint8Array> {
      // The parser keeps the last row until more data arrives.
      yield Buffer.from("id,v\na,1\nb,2\n");
      await whenRead;
      yield Buffer.from("c,x\n");
    }
    const items: unknown[] = [];
    for await (const item of readInput([{ path: "-" }], { stdin: slow() })) {
      items.push(show(item));
      release();
    }
    expect(items).toEqual([
      { line: 2, id: "a", tags: { v: 1 } },
      { line: 3, id: "b", tags: { v: 2 } },
      { notice: expect.stringMatching(/^column "v" holds numbers at first/) as string },
      { line: 4, id: "c", tags: { v: "x" } },
    ]);
  });

  test.each([
    [
      "a comma in a name",
      "sku;title (short, no tags);text\n1;Lamp;A lamp, of brass\n2;Chair;A chair, wood\n",
      ";",
    ],
    ["a comma in each row", "id;text\n1;a, b\n2;c, d\n", ";"],
    ["a quoted delimiter", 'id,"a;b",text\n1,"x;y",z\n', ","],
    ["one column", "id\n1\n", ","],
    ["pipes", "id|text\n1|a, b; c\n", "|"],
    ["Excel's line", "sep=|\nid|text,a;b\n", ","],
  ])("the delimiter of a table with %s is found", (_, text, delimiter) => {
    expect(findDelimiter(text.replace(/^sep.*\n/, ""), true)).toBe(
      text.startsWith("sep") ? "|" : delimiter,
    );
  });

  test("a pipe whose chunks do not stop is not waited for", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"id":"a"}\n');
      for (;;) {
        await nextTurn();
        yield Buffer.alloc(0);
      }
    }
    for await (const item of readInput([{ path: "-" }], { stdin: endless() })) {
      expect(show(item)).toEqual({ line: 1, id: "a" });
      break;
    }
  });

  test("the line sep=; sets the delimiter, and lines are counted with it", async () => {
    expect(await csv("sep=;\r\nid;text\r\n1;a,b\r\n")).toEqual([{ line: 3, id: "1", text: "a,b" }]);
  });

  test("a given delimiter decides, and errors name it", async () => {
    expect(
      await csv("id,x;text\n1,2;a\n1\n", { delimiter: ";", map: readFieldMap([], "id,x") }),
    ).toEqual([
      { line: 2, id: "1,2", text: "a" },
      { line: 3, bad: 'the header has 2 cells, this row has 1 (delimiter ";")' },
    ]);
  });

  test("the second of two columns with one name gets another name, with a notice", async () => {
    expect(await csv("id,name,name,\nf1,x,y,z\n")).toEqual([
      { notice: 'column 3 has the name "name" again: its tag is "name_2"' },
      { notice: 'column 4 has no name: its tag is "column_4"' },
      { line: 2, id: "f1", tags: { name: "x", name_2: "y", column_4: "z" } },
    ]);
  });

  test("a header in capitals or with spaces names the fields", async () => {
    expect(await csv("ID, Text,Location\na,lamp,Oslo\n")).toEqual([
      { notice: 'column "ID" is read as the field id' },
      { notice: 'column "Text" is read as the field text' },
      { line: 2, id: "a", text: "lamp", tags: { Location: "Oslo" } },
    ]);
  });

  test("a column that fits no cell of its field is a tag; a single cell that does not fit is bad", async () => {
    const all = await csv('id,weight,tags\na,1.2 kg,"x, y"\n');
    expect(all.slice(0, 2)).toEqual([
      { notice: expect.stringContaining("--map weight=tags.weight") as string },
      { notice: expect.stringContaining("--map tags=tags.tags") as string },
    ]);
    expect(all[2]).toEqual({ line: 2, id: "a", tags: { weight: "1.2 kg", tags: "x, y" } });
    expect(await csv("id,weight\na,1\nb,[2]\n")).toEqual([
      { line: 2, id: "a", weight: 1 },
      {
        line: 3,
        bad: expect.stringMatching(/^column "weight" must be a number.*--map weight=/) as string,
      },
    ]);
  });

  test("a map and an id key rename columns", async () => {
    const map = readFieldMap(["weight=tags.mass,title=text"], "sku");
    expect(await csv("sku,id,title,weight\n7,9,lamp,5\n", { map })).toEqual([
      { line: 2, id: "7", text: "lamp", tags: { id: 9, mass: 5 } },
    ]);
    expect(await csv("id\n1\n", { map })).toEqual([
      { line: 1, bad: 'the table has no column "sku" for the id: its columns are id' },
    ]);
    expect(() => readFieldMap(["a=text,b=text"])).toThrow(/more than one value/);
    expect(() => readFieldMap(["a"])).toThrow(/write key=field/);
  });
});

describe("the content decides the format", () => {
  test.each([
    ["JSON Lines", "d.jl", '{"id":"n1","text":"lamp"}\n'],
    ["JSON Lines as text", "d.txt", '{"id":"n1","text":"lamp"}\n'],
    ["a JSON array", "export", ' [ {"id":"n1","text":"lamp"} ]'],
    ["a table", "d.dat", "id;text\nn1;lamp\n"],
    ["JSON in a .csv", "d.csv", '{"id":"n1","text":"lamp"}\n'],
    ["a table in a .json", "d.json", "id,text\nn1,lamp\n"],
  ])("%s", async (_, name, text) => {
    expect(await read(write(name, text))).toMatchObject([{ id: "n1", text: "lamp" }]);
    expect(await read("-", chunksOf(text, 3))).toMatchObject([{ id: "n1", text: "lamp" }]);
  });

  test("a text under an unknown name is one document, with a notice; --format decides", async () => {
    const path = write("notes.xyz", "lamp, chair\n");
    expect(await read(path)).toEqual([
      { notice: expect.stringContaining("one text document (--format") as string },
      { line: 0, id: path, uri: path, text: "lamp, chair\n" },
    ]);
    const items: unknown[] = [];
    for await (const item of readInput([{ path, format: "json" }], { stdin: chunksOf("", 1) }))
      items.push(show(item));
    expect(items).toMatchObject([
      { line: 1, bad: expect.stringContaining("not valid JSON") as string },
    ]);
  });

  test("a file that is not text is named", async () => {
    expect(await read(write("a.xlsx", Buffer.from("PK\u0003\u0004zip")))).toEqual([
      { line: 0, bad: "the file is a ZIP archive or an Excel workbook: save the table as CSV" },
    ]);
  });
});

describe("exports of other programs", () => {
  test.each([
    [
      "Elasticsearch's bulk format",
      '{"index":{"_index":"i","_id":"a"}}\n{"text":"lamp","n":1}\n{"create":{"_id":"b"}}\n{"text":"chair"}\n',
    ],
    [
      "Elasticsearch's hits",
      '{"_id":"a","_source":{"text":"lamp","n":1}}\n{"_id":"b","_source":{"text":"chair"}}',
    ],
    [
      "an answer of Elasticsearch",
      '{"took":1,"hits":{"total":2,"hits":[{"_id":"a","_source":{"text":"lamp","n":1}},\n{"_id":"b","_source":{"text":"chair"}}]}}',
    ],
    [
      "Qdrant",
      '{"result":{"points":[{"id":"a","payload":{"text":"lamp","n":1}},{"id":"b","payload":{"text":"chair"},"vector":null}]},"status":"ok"}',
    ],
    [
      "Chroma",
      '{"ids":["a","b"],"documents":["lamp","chair"],"metadatas":[{"n":1},null],"embeddings":null}',
    ],
    [
      "a request body",
      '{"data":[\n{"id":"a","text":"lamp","tags":{"n":1}},{"id":"b","text":"chair"}\n]}',
    ],
  ])("%s", async (_, text) => {
    expect(await read(write("dump.json", text))).toMatchObject([
      { id: "a", text: "lamp", tags: { n: 1 } },
      { id: "b", text: "chair" },
    ]);
  });

  test("vectors of Qdrant and Chroma are embeddings", async () => {
    expect(
      await read(
        write(
          "q.json",
          '[{"id":1,"payload":{},"vector":[1,0]},{"id":2,"payload":null,"vector":{"a":[0,1]}}]',
        ),
      ),
    ).toMatchObject([
      { id: "1", embedding: [1, 0] },
      { id: "2", embedding: [0, 1] },
    ]);
    expect(
      await read(write("c.json", '{"ids":["a"],"embeddings":[[1,0]],"documents":null}')),
    ).toMatchObject([{ id: "a", embedding: [1, 0] }]);
  });

  test("the file of --errors: documents and mended lines are read, other lines are bad", async () => {
    const rows = [
      { source: "d.jsonl", line: 3, error: "e", document: { id: "a", text: "lamp" } },
      { source: "d.jsonl", line: 4, error: "e", text: '{"id":"b"}' },
      { source: "d.jsonl", line: 5, error: "e", text: "no json" },
      { error: "e", document: { id: "c" } },
    ];
    expect(
      await read(write("bad.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"))),
    ).toEqual([
      { line: 1, id: "a", text: "lamp" },
      { line: 2, id: "b" },
      {
        line: 3,
        bad: expect.stringMatching(/^the "text" of this row is still not valid JSON/) as string,
      },
      { line: 4, id: "c" },
    ]);
  });
});

describe("keys of JSON", () => {
  test("keys that do not fit their fields are named together, with the option", async () => {
    const path = write(
      "misfit.jsonl",
      '{"id":"a","tags":["x"],"weight":"1 kg","mime_type":true}\n',
    );
    const [item] = await read(path);
    expect((item as { bad: string }).bad).toBe(
      'key "tags" must be an object, not ["x"]; key "weight" must be a number, not "1 kg"; key "mime_type" must be text, not true. To load them as tags: --map tags=tags.tags,weight=tags.weight,mime_type=tags.mime_type',
    );
    const map = readFieldMap(["tags=tags.tags,weight=tags.weight,mime_type=tags.mime"]);
    expect(await read(path, undefined, { map })).toEqual([
      { line: 1, id: "a", tags: { tags: ["x"], weight: "1 kg", mime: true } },
    ]);
  });

  test("a tag above 2^53 is read with a notice that names it", async () => {
    expect(
      await read(write("big.jsonl", '{"id":1234567890123456789,"a":{"ts":1650000000000000001}}')),
    ).toEqual([
      {
        notice: expect.stringContaining('the tag "a.ts" holds numbers above 2^53') as string,
      },
      { line: 1, id: "1234567890123456789", tags: { a: { ts: expect.any(Number) as number } } },
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

  test("from a pipe has no id, because the next one is another document", async () => {
    const items: unknown[] = [];
    const stdin = chunksOf("lamp", 4);
    for await (const item of readInput([{ path: "-", format: "text" }], { stdin }))
      items.push(show(item));
    expect(items).toEqual([{ line: 0, text: "lamp" }]);
  });

  test("that is empty is no document", async () => {
    for (const name of ["empty.txt", "empty.xyz"])
      expect(await read(write(name, ""))).toEqual([{ notice: "the file is empty" }]);
  });

  test("that is not UTF-8 is a bad item", async () => {
    expect(await read(write("latin1.txt", Buffer.from("café", "latin1")))).toEqual([
      { line: 0, bad: NOT_UTF8 },
    ]);
  });
});

describe("a named pipe", () => {
  test("is read, and closed by the signal while it has no data", async () => {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    const stdin = chunksOf("", 1);
    const stop = new AbortController();
    const silent = readInput([{ path }], { stdin, signal: stop.signal }).next();
    stop.abort();
    expect(await silent).toEqual({ done: true, value: undefined });
    const later = new AbortController();
    const opened = readInput([{ path }], { stdin, signal: later.signal }).next();
    // Opens when the other end is open.
    const writer = await open(path, "w");
    later.abort();
    expect(await opened).toEqual({ done: true, value: undefined });
    await writer.close();
    const rows = readInput([{ path }], { stdin });
    const first = rows.next();
    await writeFile(path, '{"id":"a"}\n');
    expect(show((await first).value as InputItem)).toEqual({ line: 1, id: "a" });
    expect((await rows.next()).done).toBe(true);
  });

  test.each([
    ["{", false],
    ['{"id":"a"}\n', true],
    ["id,text\n", false],
    ["id,text\na,x\n", true],
  ])("shows its format with %j: %s", (start, isReady) => {
    expect(showsFormat(Buffer.from(start))).toBe(isReady);
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
    expect(await find("[ab].txt")).toEqual(["a.txt", "b.txt"]);
    expect(await find("[!a-a].txt")).toEqual(["b.txt"]);
    expect(await find("{a,c}.{txt,md}")).toEqual(["a.txt", "c.md"]);
    expect(await expandGlob("plain.txt")).toEqual(["plain.txt"]);
  });

  test("follow links to folders, and end in a circle of links", async () => {
    const root = join(folder, "links");
    mkdirSync(join(root, "d/a"), { recursive: true });
    mkdirSync(join(root, "o"));
    writeFileSync(join(root, "d/a/x.jsonl"), "");
    writeFileSync(join(root, "o/y.jsonl"), "");
    symlinkSync("../o", join(root, "d/b"));
    symlinkSync("..", join(root, "o/up"));
    symlinkSync("gone", join(root, "o/z.jsonl"));
    const find = async (pattern: string): Promise<string[]> =>
      (await expandGlob(join(root, pattern))).map((path) => relative(root, path));
    expect(await find("d/*/*.jsonl")).toEqual(["d/a/x.jsonl", "d/b/y.jsonl", "d/b/z.jsonl"]);
    expect(await find("o/**/y.jsonl")).toContain("o/y.jsonl");
    const named = join(root, "[ab].jsonl");
    writeFileSync(named, "");
    expect(await expandGlob(named)).toEqual([named]);
  });
});
