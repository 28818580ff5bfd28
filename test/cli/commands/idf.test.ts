import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { IdfTable } from "../../../src/executors/text/idf-table.ts";
import { hashTerm } from "../../../src/executors/text/term-hash.ts";
import { runCli } from "../run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "jflow-idf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function idf(text: string, ...args: string[]): ReturnType<typeof runCli> {
  const file = join(folder, "data.csv");
  writeFileSync(file, text);
  return runCli(["idf", "--input", file, ...args], { cwd: folder });
}

test("idf counts in how many texts the stem of a word stands, and skips documents without text", async () => {
  const text = "id,text\n1,a red lamp\n2,two lamps and a lamp\n3,a chair\n4,\n";
  const { code, stdout, stderr } = await idf(text);
  expect([code, stderr]).toEqual([0, "counted 3 documents; left out 1 without text\n"]);
  const table = IdfTable.parse(stdout, "stdout");
  const weightOf = (documents: number): number => Math.log((1 + 3) / (1 + documents)) + 1;
  expect(table.idf(hashTerm("lamp", 0))).toBe(weightOf(2));
  expect(table.idf(hashTerm("chair", 0))).toBe(weightOf(1));
  expect(table.idf(hashTerm("a", 0))).toBe(weightOf(3));
});

test("a column with another name needs --map, and the error says so", async () => {
  const text = "id,description\n1,a lamp\n";
  const { code, stdout, stderr } = await idf(text);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("no document has a text: name the key or column of the text");
  expect((await idf(text, "--map", "description=text")).code).toBe(0);
});
