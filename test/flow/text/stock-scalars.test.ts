import { describe, expect, test } from "vitest";
import { readPlainAsStock, readTextAsStock } from "../../../src/flow/text/stock-scalars.ts";
import { readGood } from "../reading.ts";

describe("a value without quotes is what PyYAML and Jina read", () => {
  test.each([
    ["no", "false"],
    ["Yes", "true"],
    ["on", '"on"'],
    ["y", '"y"'],
    ["~", "null"],
    ["010", "8"],
    ["08", "8"],
    ["0o17", '"0o17"'],
    ["0b11", "3"],
    ["-0x1f", "-31"],
    ["1_000", "1000"],
    ["+5", "5"],
    ["1:30", "90"],
    ["1:30.5", "90.5"],
    ["18446744073709551617", "18446744073709551617"],
    ["1.", "1.0"],
    ["-0.0", "-0.0"],
    ["1_0.5", "10.5"],
    ["1e3", "1000.0"],
    [".5", "0.5"],
    [".inf", "Infinity"],
    ["-.INF", "-Infinity"],
    [".nan", "NaN"],
    ["off", '"off"'],
    ["2020-01-01", '{"__yaml_timestamp__":"2020-01-01"}'],
    ["2020-1-2 3:04:05", '{"__yaml_timestamp__":"2020-1-2 3:04:05"}'],
    ["2020-01-01T10:00:00.5+01:00", '{"__yaml_timestamp__":"2020-01-01T10:00:00.5+01:00"}'],
    ["2020-1-2", '"2020-1-2"'],
    ["a b", '"a b"'],
  ])("%s is %s", (source, json) => {
    expect(readPlainAsStock(source)).toBe(json);
  });
});

test.each([
  ["2", "2"],
  [" 7 ", "7"],
  ["007", "7"],
  ["tRUE", "true"],
  ["no", '"no"'],
  ["nan", "NaN"],
  ["", "null"],
  ["[1, x]", '[1,"x"]'],
  ["[]", "[]"],
])("the text %j of a variable is %s in Jina", (text, json) => {
  expect(readTextAsStock(text)).toBe(json);
});

const OPTIONS = `{ normalize: no, start: 010, top: .inf, scale: 1.0, id: 9007199254740993, deep: { l: [yes, "no"] } }`;

test("a Python executor gets dates as dates, and the keys of the file", () => {
  const [deployment] = readGood(
    "executors: [{ uses: ./x.py, uses_with: { since: 2020-01-01, Off: off, text: '2020-01-01' } }]",
    { files: ["/p/x.py"] },
  ).deployments;
  expect(deployment?.uses).toMatchObject({
    options: '{"since":{"__yaml_timestamp__":"2020-01-01"},"Off":"off","text":"2020-01-01"}',
  });
  expect(JSON.stringify(deployment?.usesWith)).toBe(
    '{"since":"2020-01-01","Off":"off","text":"2020-01-01"}',
  );
});

test("a Python executor gets the options that stock Jina reads", () => {
  const [deployment] = readGood(`executors: [{ uses: ./x.py, uses_with: ${OPTIONS} }]`, {
    files: ["/p/x.py"],
  }).deployments;
  expect(deployment?.uses).toMatchObject({
    options:
      '{"normalize":false,"start":8,"top":Infinity,"scale":1.0,"id":9007199254740993,"deep":{"l":[true,"no"]}}',
  });
});

test("an inline Python executor gets the options that stock Jina reads, in every section", () => {
  const [deployment] = readGood(
    "executors: [{ uses: { jtype: X, py_modules: x.py, with: { a: no }, metas: { b: 010 }, dynamic_batching: { /x: { c: yes } } } }]",
    { files: ["/p/x.py"] },
  ).deployments;
  expect(deployment?.uses).toMatchObject({
    options: '{"a":false}',
    metas: { b: 8 },
    dynamicBatching: { "/x": { c: true } },
  });
});

test("an executor in TypeScript and a condition get the values of YAML 1.2", () => {
  const [deployment] = readGood(
    `executors: [{ uses: ./x.ts, uses_with: ${OPTIONS}, when: { tags__a: { $eq: no } } }]`,
    { files: ["/p/x.ts"] },
  ).deployments;
  expect(deployment?.usesWith).toEqual({
    normalize: "no",
    start: 10,
    top: Infinity,
    scale: 1,
    id: 9_007_199_254_740_992,
    deep: { l: ["yes", "no"] },
  });
  expect(deployment?.when).toEqual({ tags__a: { $eq: "no" } });
});

test("a quoted reference of Jina is typed by its value, and a quoted ${X} stays text", () => {
  const options =
    '{ a: "${{ ENV.N }}", b: "${{ ENV.T }}", c: "${N}", d: "x${{ ENV.N }}", e: "${{ CONTEXT.F }}" }';
  const read = (uses: string): unknown =>
    readGood(`executors: [{ uses: ${uses}, uses_with: ${options} }]`, {
      files: ["/p/x.py", "/p/x.ts"],
      variables: { N: "2", T: "True" },
      context: { F: "1.0" },
    }).deployments[0];
  expect(read("./x.ts")).toMatchObject({ usesWith: { a: 2, b: true, c: "2", d: "x2", e: 1 } });
  expect(read("./x.py")).toMatchObject({
    uses: { options: '{"a":2,"b":true,"c":"2","d":"x2","e":1.0}' },
  });
});

test("the text of a variable reaches Python without being expanded again", () => {
  const [deployment] = readGood(
    'executors: [{ uses: ./x.py, uses_with: { p: "$$HOME", pw: "${PW}" } }]',
    { files: ["/p/x.py"], variables: { PW: "pa$HOME", HOME: "/root" } },
  ).deployments;
  expect(deployment?.uses).toMatchObject({ options: '{"p":"$HOME","pw":"pa$HOME"}' });
});
