import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFieldMap } from "../../../../src/client/reading/items/field-map.ts";
import { readInput } from "../../../../src/client/reading/read-input.ts";
import { readBytes } from "../read-bytes.ts";

const bytesOf = (name: string): Buffer =>
  readFileSync(join(import.meta.dirname, "../../../fixtures/parquet", `${name}.parquet`));
const read = async (name: string): Promise<unknown[]> => readBytes("a.parquet", bytesOf(name));

test.each(["groups", "gzip", "brotli", "zstd"])("the rows of %s are documents", async (name) => {
  expect(await read(name)).toEqual([
    {
      line: 1,
      id: "1",
      text: "lamp",
      embedding: [1, 0],
      tags: { price: 9.5, n: 1, day: "2024-01-02T03:04:05.000Z", a: 1, b: ["x"] },
    },
    {
      line: 2,
      id: "3122306864379792082",
      text: "é 漢",
      embedding: [0.5, 0.25],
      tags: { n: 2, a: 2, b: null },
    },
  ]);
});

test("files of pandas and polars are read", async () => {
  const documents = [
    { line: 1, id: "a", text: "x", embedding: [1, 0] },
    { line: 2, id: "b", text: "y", embedding: [0, 1] },
  ];
  expect(await read("pandas")).toEqual([{ ...documents[0], tags: { v: 1.5 } }, documents[1]]);
  expect(await read("polars")).toEqual([
    { ...documents[0], tags: { u: "9223372036854775808", ok: true } },
    { ...documents[1], tags: { u: 1 } },
  ]);
});

test("values of other types are JSON, and a key that fits no field is refused by its row", async () => {
  expect(await read("types")).toMatchObject([
    { line: 1, bad: expect.stringContaining("--map weight=tags.weight") as string },
  ]);
  const map = readFieldMap(["weight=tags.weight"]);
  expect(await readBytes("a.parquet", bytesOf("types"), { map })).toEqual([
    {
      line: 1,
      id: "a",
      blob: "AP8=",
      tags: {
        weight: "1 kg",
        raw: "text",
        dec: 12.34,
        date: "2024-01-02T00:00:00.000Z",
        dict: "x",
        m: { k: 1 },
        f16: 1.5,
        ts: "1700000000000000001",
        fsl: [1, 2],
      },
    },
  ]);
});

test("the bytes of row groups are counted, and a key of --map that no row has is a notice", async () => {
  const bytes = bytesOf("groups");
  let count = 0;
  const map = readFieldMap(["titel=text"]);
  const onBytes = (more: number): void => void (count += more);
  expect(await readBytes("a.parquet", bytes, { map, onBytes })).toContainEqual({
    notice: '--map names "titel", which no record has',
  });
  // The first bytes are read twice: to find the format, and as rows.
  expect(count).toBeGreaterThan(bytes.length);
});

test("the first bytes decide, whatever the name", async () => {
  expect(await readBytes("a.csv", bytesOf("pandas"))).toMatchObject([{ id: "a" }, { id: "b" }]);
});

test("a file that is cut off or damaged is named", async () => {
  const bytes = bytesOf("groups");
  expect(await readBytes("a.parquet", bytes.subarray(0, 500))).toMatchObject([
    { line: 0, bad: expect.stringMatching(/^the Parquet data cannot be read/) as string },
  ]);
  const damaged = Buffer.from(bytes);
  const second = damaged.indexOf("漢") - 60;
  damaged.fill(0xff, second, second + 30);
  expect(await readBytes("a.parquet", damaged)).toMatchObject([
    { line: 1, id: "1" },
    { line: 2, bad: expect.stringMatching(/^the Parquet data cannot be read/) as string },
  ]);
});

test("a pipe is refused, because the end of the file is read first", async () => {
  async function* pipe(): AsyncGenerator<Uint8Array> {
    yield bytesOf("pandas");
  }
  const items = [];
  for await (const item of readInput([{ path: "-" }], { stdin: pipe() })) items.push(item);
  expect(items).toMatchObject([
    { kind: "bad", reason: expect.stringContaining("save it to disk first") as string },
  ]);
});
