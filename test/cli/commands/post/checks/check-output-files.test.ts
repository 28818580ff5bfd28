import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkOutputFiles } from "../../../../../src/cli/commands/post/checks/check-output-files.ts";

let folder = "";
let input = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-outputs-"));
  input = join(folder, "d.jsonl");
  writeFileSync(input, '{"id":"a"}\n');
  symlinkSync("d.jsonl", join(folder, "link.jsonl"));
  linkSync(input, join(folder, "hard.jsonl"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["d.jsonl", "link.jsonl", "hard.jsonl"])("an input is never an output (%s)", (name) => {
  for (const option of ["errors", "output"])
    expect(() => checkOutputFiles([input], { [option]: join(folder, name) })).toThrow(
      /is also an input, and would be emptied/,
    );
});

test("--errors and --output are two files", () => {
  const one = join(folder, "new.jsonl");
  expect(() => checkOutputFiles([input], { errors: one, output: one })).toThrow(/the same file/);
});

test("other files, standard output and devices may be written", () => {
  const errors = join(folder, "new.jsonl");
  expect(() => checkOutputFiles([input, "-"], { errors, output: "-" })).not.toThrow();
  const devices = { errors: "/dev/null", output: "/dev/null" };
  expect(() => checkOutputFiles(["/dev/null"], devices)).not.toThrow();
});
