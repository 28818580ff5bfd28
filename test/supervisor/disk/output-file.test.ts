import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  parseLineNumber,
  parseOutputLine,
  type OutputLine,
} from "../../../src/model/output-line.ts";
import { OutputFile } from "../../../src/supervisor/disk/output-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-output-"));
});
afterEach(async () => rm(folder, { recursive: true }));

const failLoudly = (error: unknown): never => {
  throw error as Error;
};
const line = (text: string): OutputLine => ({ at: new Date(0), stream: "stdout", text });

test("lines are in the file in order, and only the user can read the file", async () => {
  const path = join(folder, "a.log");
  const output = new OutputFile(path, failLoudly);
  for (let number = 0; number < 1000; number += 1) output.add(line(`line ${number}`));
  await output.flush();
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(lines.map((text) => parseOutputLine(text)?.text)).toEqual(
    Array.from({ length: 1000 }, (_, number) => `line ${number}`),
  );
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a rotated file and a further run start with the number of the lines before", async () => {
  const path = join(folder, "a.log");
  const numbersOf = async (name: string): Promise<(number | undefined)[]> =>
    (await readFile(name, "utf8"))
      .split("\n")
      .map((text) => parseLineNumber(text)?.before)
      .filter((before) => before !== undefined);
  const output = new OutputFile(path, failLoudly);
  for (let number = 0; number < 12; number += 1) {
    output.add(line("x".repeat(1_000_000)));
    await output.flush();
  }
  expect([await numbersOf(`${path}.1`), await numbersOf(path)]).toEqual([[], [11]]);
  const second = new OutputFile(path, failLoudly);
  second.add(line("again"));
  await second.flush();
  expect(await numbersOf(path)).toEqual([11, 0]);
});

test("the tail has the last 20 lines of the current process", async () => {
  const output = new OutputFile(join(folder, "a.log"), failLoudly);
  for (let number = 0; number < 100; number += 1) output.add(line(String(number)));
  expect(output.tail()).toEqual(Array.from({ length: 20 }, (_, index) => String(80 + index)));
  output.startTail();
  output.add(line("new"));
  expect(output.tail()).toEqual(["new"]);
  await output.flush();
});

test("the file is rotated by size, and three files are kept", async () => {
  const output = new OutputFile(join(folder, "a.log"), failLoudly);
  const big = "x".repeat(1_000_000);
  for (let number = 0; number < 45; number += 1) {
    output.add(line(big));
    await output.flush();
  }
  expect((await readdir(folder)).toSorted()).toEqual(["a.log", "a.log.1", "a.log.2"]);
  const sizes = await Promise.all(
    (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  expect(Math.max(...sizes)).toBeLessThan(12_000_000);
});

test("too many lines are dropped, and the file has the number of dropped lines", async () => {
  const output = new OutputFile(join(folder, "a.log"), failLoudly);
  const big = "x".repeat(1_000_000);
  for (let number = 0; number < 20; number += 1) output.add(line(big));
  await output.flush();
  output.add(line("after"));
  await output.flush();
  const text = await readFile(join(folder, "a.log"), "utf8");
  expect(text).toMatch(/J \d+ lines dropped: the disk was too slow/);
  expect(text.trimEnd().endsWith("O after")).toBe(true);
});

test("a failing disk is reported once, and again only after a success", async () => {
  const failures: unknown[] = [];
  const output = new OutputFile(join(folder, "gone", "a.log"), (error) => failures.push(error));
  for (let number = 0; number < 3; number += 1) {
    output.add(line("x"));
    await output.flush();
  }
  expect(failures).toHaveLength(1);
});
