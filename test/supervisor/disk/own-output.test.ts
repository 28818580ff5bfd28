import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { boundOwnOutput } from "../../../src/supervisor/disk/own-output.ts";

let folder = "";
let descriptor = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-own-output-"));
  descriptor = openSync(join(folder, "own.log"), "a");
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true, force: true });
});

const text = (name: string): string => readFileSync(join(folder, name), "utf8");

test("a file that is too large is copied and emptied, and the descriptor stays valid", () => {
  const problems = Array.from({ length: 25 }, (_, i) => {
    writeSync(descriptor, `line ${i}\n`);
    return boundOwnOutput(join(folder, "own.log"), descriptor, 70);
  });
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  expect([text("own.log.1").split("\n")[0], text("own.log").split("\n")[0]]).toEqual([
    "line 11",
    "line 20",
  ]);
});

test("a file that cannot be copied is emptied anyway, and the reason is returned", () => {
  writeSync(descriptor, "x".repeat(100));
  expect(boundOwnOutput(join(folder, "nowhere", "own.log"), descriptor, 70)).toMatch(
    /^cannot keep the older lines of this output: .*ENOENT/,
  );
  expect(text("own.log")).toBe("");
});
