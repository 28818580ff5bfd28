import { expect, test } from "vitest";
import { findMissingPages, findUnknownGuarantees, findUnknownRules } from "./references.ts";

const text = (path: string, content: string): ReadonlyMap<string, string> =>
  new Map([[path, content]]);

test("a rule without a heading is found, in lists and ranges too", () => {
  const protocol = "### Rule 1. One\n### Rule 2. Two\n";
  expect(findUnknownRules(text("src/a.ts", "// (rule 2)\n"), protocol)).toEqual([]);
  expect(
    findUnknownRules(text("src/a.ts", "// rules 1 and 3\n// Rules 2 to 4\n// rule 12"), protocol),
  ).toEqual(["src/a.ts: rule 3", "src/a.ts: rule 4", "src/a.ts: rule 12"]);
});

test("a guarantee without a heading is found", () => {
  expect(
    findUnknownGuarantees(text("test/g.test.ts", 'test("G1 and G19")'), "### G1. Writes\n"),
  ).toEqual(["test/g.test.ts: G19"]);
});

test("a page that does not exist is found, in comments and documents", () => {
  const pages = new Set(["src/README.md", "src/flow/KEYS.md"]);
  const code = [
    "/** See KEYS.md, src/README.md, https://example.org/gone.md. */",
    " * (`pages/gone.md` 4)",
    'const data = "c.md";',
    'const page = "GONE.md";',
  ].join("\n");
  expect(findMissingPages(text("src/flow/a.ts", code), pages)).toEqual([
    "src/flow/a.ts: pages/gone.md",
    "src/flow/a.ts: GONE.md",
  ]);
  expect(findMissingPages(text("src/README.md", "flow/KEYS.md, cli/gone.md"), pages)).toEqual([
    "src/README.md: cli/gone.md",
  ]);
});
