import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { run } from "../../../src/cli/cli.ts";
import type { Terminal } from "../../../src/cli/terminal/terminal.ts";
import { IdfTable } from "../../../src/executors/idf-table.ts";
import { hashTerm } from "../../../src/executors/term-hash.ts";

const folder = mkdtempSync(join(tmpdir(), "jflow-idf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function idf(text: string, ...args: string[]) {
  const file = join(folder, "data.csv");
  writeFileSync(file, text);
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const terminal = { ...streams, stdin: new PassThrough(), env: {}, cwd: () => folder };
  const argv = ["node", "jflow", "idf", "--input", file, ...args];
  const code = await run(argv, terminal as unknown as Terminal);
  const [stdout, stderr] = [streams.stdout, streams.stderr].map((each) =>
    String((each.read() as Buffer | null) ?? ""),
  );
  return { code, stdout: stdout!, stderr: stderr! };
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
