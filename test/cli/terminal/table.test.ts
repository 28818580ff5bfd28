import { expect, test } from "vitest";
import { formatTable, type Column } from "../../../src/cli/terminal/table.ts";

interface Row {
  name: string;
  docs: number;
  age: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "NAME", value: (row) => row.name },
  { title: "DOCS", value: (row) => String(row.docs), align: "right", drop: 2 },
  { title: "AGE", value: (row) => row.age, align: "right", drop: 1 },
];
const ROWS = [
  { name: "gateway", docs: 0, age: "12m" },
  { name: "indexer", docs: 499_877, age: "4m" },
];

test("columns are as wide as their widest cell, with numbers on the right", () => {
  expect(formatTable(COLUMNS, ROWS)).toBe(
    ["NAME       DOCS  AGE", "gateway       0  12m", "indexer  499877   4m"].join("\n"),
  );
});

test.each([
  { width: 20, titles: "NAME       DOCS  AGE" },
  { width: 19, titles: "NAME     AGE" },
  { width: 11, titles: "NAME" },
  { width: 3, titles: "NAME" },
])(
  "at $width characters the columns of the highest rank are left out first",
  ({ width, titles }) => {
    expect(formatTable(COLUMNS, ROWS, width).split("\n")[0]).toBe(titles);
  },
);

test.each([
  { width: 30, line: "lamp-1  a lamp made of bra…  4" },
  { width: 24, line: "lamp-1  a lamp made…   4" },
])("at $width characters a long text is cut, and its column stays", ({ width, line }) => {
  const columns: readonly Column<Row & { text: string }>[] = [
    { title: "ID", value: (row) => row.name },
    { title: "TEXT", value: (row) => row.text, cutTo: 10 },
    { title: "N", value: (row) => String(row.docs) },
  ];
  const rows = [{ name: "lamp-1", docs: 4, age: "", text: "a lamp made of brass and glass" }];
  const table = formatTable(columns, rows, width).split("\n");
  expect(table[1]).toBe(line);
  expect(formatTable(columns, rows).split("\n")[1], "a pipe").toContain("brass and glass");
});
