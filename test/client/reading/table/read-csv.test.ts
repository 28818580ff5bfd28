import { describe, expect, test } from "vitest";
import { readFieldMap } from "../../../../src/client/reading/items/field-map.ts";
import { readBytes } from "../read-bytes.ts";

const csv = async (text: string | Uint8Array): Promise<unknown[]> => readBytes("a.csv", text);

const A_AND_B = [
  expect.objectContaining({ id: "a", text: "x" }) as unknown,
  expect.objectContaining({ id: "b", text: "y" }) as unknown,
];

describe("the lines of a table", () => {
  test.each([
    ["\\r", "id;text\ra;x\rb;y\r"],
    ["\\r\\n and \\n", "id,text\r\na,x\nb,y\r\n"],
    ["\\r\\r\\n", "id,text\r\r\na,x\r\r\nb,y\r\r\n"],
    ["\\n\\r", "id,text\n\ra,x\n\rb,y\n\r"],
  ])("may end with %s", async (_, text) => {
    expect(await csv(text)).toEqual(A_AND_B);
  });

  test("are counted once where a cell holds a line end of Windows", async () => {
    expect(await csv('id,text\r\na,"x\r\ny"\r\nb\r\n')).toEqual([
      { line: 3, id: "a", text: "x\r\ny" },
      {
        line: 4,
        bad: 'the header has 2 cells, this row has 1 (delimiter ",")',
        text: '["b"]',
      },
    ]);
  });

  test("are left out where all cells are blank", async () => {
    expect(await csv("\n\nid,text\n,\na,x\n   \nb,y\n,,,\n")).toEqual(A_AND_B);
    expect(await csv("  \n \n")).toEqual([]);
  });

  test("are left out, with a notice, where they repeat the header", async () => {
    expect(await csv("id,text\na,x\n\uFEFFid,text\nb,y\n")).toEqual([
      A_AND_B[0],
      { notice: "lines that repeat the header are left out" },
      A_AND_B[1],
    ]);
  });

  test("may have a space after each delimiter", async () => {
    expect(await csv('id, text, n\na, "x, y", 1\n')).toEqual([
      { line: 2, id: "a", text: "x, y", tags: { n: 1 } },
    ]);
    expect(await csv("id,text\na, x\n")).toEqual([{ line: 2, id: "a", text: " x" }]);
  });
});

describe("quotes in a table with tabs", () => {
  const tsv = async (text: string): Promise<unknown[]> => readBytes("a.tsv", text);

  test("are text where one of them is never closed", async () => {
    expect(await tsv('id\ttext\na\t"lamp, 5" wide\nb\t"x"\nc\ty\n')).toEqual([
      { line: 2, id: "a", text: '"lamp, 5" wide' },
      { line: 3, id: "b", text: "x" },
      { line: 4, id: "c", text: "y" },
    ]);
    expect(await tsv('id\ttext\na\t"lamp\nb\t"x"\n')).toEqual([
      { line: 2, id: "a", text: '"lamp' },
      { line: 3, id: "b", text: '"x"' },
    ]);
  });

  test("surround cells with line ends", async () => {
    expect(await tsv('id\ttext\na\t"x\ny"\nb\tz\n')).toMatchObject([
      { id: "a", text: "x\ny" },
      { id: "b", text: "z" },
    ]);
  });
});

describe("the header", () => {
  test("is refused where it is not UTF-8; --encoding reads it", async () => {
    const latin1 = Buffer.from("id,größe\na,5\n", "latin1");
    expect(await csv(latin1)).toEqual([
      {
        line: 1,
        bad: "the header is not valid UTF-8: name its encoding, such as --encoding windows-1252",
        text: "",
      },
    ]);
    expect(await readBytes("a.csv", latin1, { encoding: "windows-1252" })).toEqual([
      { line: 2, id: "a", tags: { größe: 5 } },
    ]);
  });

  test("without a document field is named", async () => {
    expect((await csv("a,lamp,5\nb,chair,6\n"))[0]).toEqual({
      notice: expect.stringMatching(
        /^the first line is the header, and none of its names/,
      ) as string,
    });
  });

  test.each([
    ["docarray v1", "tag__price"],
    ["docarray v2", "tags__price"],
    ["this page", "tags.price"],
  ])("names a tag as %s does: %s", async (_, name) => {
    expect(await csv(`id,${name}\na,5\n`)).toEqual([{ line: 2, id: "a", tags: { price: 5 } }]);
    expect(await csv(`id,price,${name}\na,4,5\n`)).toEqual([
      { line: 2, id: "a", tags: { price: 4, [name]: 5 } },
    ]);
  });
});

describe("cells", () => {
  test("with spaces around a number or a truth value have that type", async () => {
    expect(await csv("id,n,t\na, 1 , true\nb,2,false\n")).toEqual([
      { line: 2, id: "a", tags: { n: 1, t: true } },
      { line: 3, id: "b", tags: { n: 2, t: false } },
    ]);
  });

  test("that are not numbers in a column of numbers make the column text, with a notice", async () => {
    expect(await csv("id,n\na,1\nb,NA\nc,2\n")).toEqual([
      { notice: 'column "n" is text, because not all of its cells are numbers: "NA"' },
      { line: 2, id: "a", tags: { n: "1" } },
      { line: 3, id: "b", tags: { n: "NA" } },
      { line: 4, id: "c", tags: { n: "2" } },
    ]);
  });

  test("of fields hold values as Python prints them", async () => {
    // Written by save_csv of docarray 0.21 and to_csv of docarray 0.40.
    const v1 = `id,text,tags,embedding,chunks,matches
a,lamp,"{'price': 9.5, 'ok': True, 'list': [1, 'x'], 'none': None}","[1.0, 0.0]","[{'id': 'a1', 'text': ""it's"", 'embedding': [1, 1]}]","[{'id': 'm1', 'scores': {'cosine': {'value': np.float64(0.5)}}}]"
`;
    expect(await csv(v1)).toEqual([
      {
        line: 2,
        id: "a",
        text: "lamp",
        tags: { price: 9.5, ok: true, list: [1, "x"], none: null },
        embedding: [1, 0],
        chunks: [{ id: "a1", text: "it's", embedding: [1, 1] }],
        matches: [{ id: "m1", scores: { cosine: { value: 0.5 } } }],
      },
    ]);
    expect(await csv('id,embedding\na,"[NaN,1]"\n')).toEqual([
      { line: 2, id: "a", embedding: ["NaN", 1] },
    ]);
    const v2 = 'id,text,url,embedding,bytes_\nt,x,,[1. 0.5],\nu,y,,"[ 1.e+00 -2.e-01\n  nan]",\n';
    expect(await csv(v2)).toEqual([
      { line: 2, id: "t", text: "x", embedding: [1, 0.5] },
      { line: 4, id: "u", text: "y", embedding: [1, expect.closeTo(-0.2), "NaN"] },
    ]);
  });

  test("with an array that numpy shortened are refused", async () => {
    expect(await csv("id,embedding\na,[1. 2.]\nb,[0. 1. ... 8. 9.]\n")).toEqual([
      { line: 2, id: "a", embedding: [1, 2] },
      {
        line: 3,
        bad: 'column "embedding" is not complete: numpy left out the middle of the array (...). To load it as a tag: --map embedding=tags.embedding',
        text: '{"id":"b","embedding":"[0. 1. ... 8. 9.]"}',
      },
    ]);
  });
});

test("a refused row is kept as the document that a user corrects: typed and decoded", async () => {
  const map = readFieldMap([], "sku");
  const rows = 'sku,embedding,price,größe\n1,"[1,0]",9.50,é\n2,"[1,",8.00,ü\n';
  const [, refused] = await readBytes("a.csv", rows, { map });
  expect(refused).toMatchObject({
    line: 3,
    text: '{"id":"2","embedding":"[1,","price":8,"größe":"ü"}',
  });
});
