import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  findMissingPages,
  findUnknownGuarantees,
  findUnknownRules,
} from "./architecture/references.ts";
import { readTree, type SourceTree } from "./architecture/source-tree.ts";

const FOLDERS = ["src", "test", "flows", "bin", ".config", ".github"];
const ENDINGS = [".ts", ".mjs", ".js", ".py", ".sh", ".md", ".yml"];

const root = readdirSync(join(import.meta.dirname, ".."), { withFileTypes: true });
const has = (folder: string): boolean => root.some(({ name }) => name === folder);
const rootTexts = readTree(".", ENDINGS, { isDeep: false });
const texts: SourceTree = new Map([
  ...rootTexts,
  ...FOLDERS.filter(has).flatMap((folder) => [...readTree(folder, ENDINGS)]),
]);
const pages: SourceTree = new Map([...texts].filter(([path]) => path.endsWith(".md")));
/** The planted breaches of the rules' own tests. */
const isPlanted = (finding: string): boolean => finding.startsWith("test/architecture/");

test("the test reads code and pages", () => {
  expect(texts.size).toBeGreaterThan(500);
  expect([...pages.keys()]).toContain("README.md");
});

test("every rule that is named is in the protocol", () => {
  const protocol = texts.get("src/replication/PROTOCOL.md")!;
  expect(findUnknownRules(texts, protocol).filter((found) => !isPlanted(found))).toEqual([]);
});

test("every guarantee that is named is in GUARANTEES.md", () => {
  const guarantees = texts.get("src/GUARANTEES.md")!;
  expect(findUnknownGuarantees(texts, guarantees).filter((found) => !isPlanted(found))).toEqual([]);
});

test("every page that is named exists", () => {
  const missing = findMissingPages(texts, new Set(pages.keys()));
  expect(missing.filter((found) => !isPlanted(found))).toEqual([]);
});
