import { expect, test } from "vitest";
import { compileLineFilter } from "../../../src/page/view/line-filter.ts";

const LINES = [
  { address: "indexer/0/0", text: "loaded 12 documents" },
  { address: "indexer/1/0", text: "ERROR: no disk" },
  { address: "indexer2/0/0", text: "loaded" },
  { address: "flow", text: "the flow is ready" },
];

test.for([
  { addresses: "", grep: "", shown: [0, 1, 2, 3] },
  { addresses: "indexer", grep: "", shown: [0, 1] },
  { addresses: " indexer/1  flow ", grep: "", shown: [1, 3] },
  { addresses: "", grep: "loaded$", shown: [2] },
  { addresses: "indexer", grep: "ERROR|warn", shown: [1] },
  { addresses: "index", grep: "", shown: [] },
])('addresses "$addresses" and pattern "$grep" show lines $shown', ({ shown, ...filter }) => {
  const compiled = compileLineFilter(filter);
  expect(compiled.ok && LINES.filter(compiled.accepts)).toEqual(shown.map((i) => LINES[i]));
});

test("a pattern that is not valid is reported with its reason", () => {
  const compiled = compileLineFilter({ addresses: "", grep: "(" });
  expect(!compiled.ok && compiled.reason).toContain("Invalid regular expression");
});
