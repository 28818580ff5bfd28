import {
  appendFile,
  mkdtemp,
  open,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OutputReader } from "../../../../src/cli/commands/logs/output-reader.ts";

const AT = "2026-11-30T10:00:00.000Z";

let folder: string;
let reader: OutputReader;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-reader-"));
  reader = new OutputReader(folder, "a/0/0");
});
afterEach(async () => {
  await reader[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const file = (age: number): string => join(folder, age === 0 ? "a-0-0.log" : `a-0-0.log.${age}`);
const linesOf = (...texts: string[]): string => texts.map((text) => `${AT} O ${text}\n`).join("");
const numbered = (before: number, ...texts: string[]): string =>
  `${AT} N ${before}\n${linesOf(...texts)}`;
const read = async (): Promise<string[]> =>
  (await reader.readNew()).map((line) => line.slice(AT.length + 1));

/** Rotates as the supervisor does. */
async function rotate(text: string): Promise<void> {
  await rm(file(2), { force: true });
  await rename(file(1), file(2)).catch(() => undefined);
  await rename(file(0), file(1));
  await writeFile(file(0), text);
}

test("rotated files are read first, and each line once", async () => {
  await writeFile(file(0), linesOf("1"));
  await rotate(numbered(1, "2"));
  await rotate(numbered(2, "3"));
  expect(await read()).toEqual(["O 1", "O 2", "O 3"]);
  await appendFile(file(0), linesOf("4"));
  await rotate(numbered(4, "5"));
  await rotate(numbered(5, "6"));
  expect(await read()).toEqual(["O 4", "O 5", "O 6"]);
  expect(await read()).toEqual([]);
});

test("a reader that is late is told how many lines were rotated away", async () => {
  await writeFile(file(0), linesOf("1"));
  expect(await read()).toEqual(["O 1"]);
  await appendFile(file(0), linesOf("2"));
  await rotate(numbered(2, "3", "4"));
  await rotate(numbered(4, "5"));
  await rotate(numbered(5, "6"));
  await rotate(numbered(6, "7"));
  expect(await read()).toEqual(["O 2", "J 2 lines lost: the log was rotated", "O 5", "O 6", "O 7"]);
});

test("a line that is written before a rotation, and after the last read of its file, is read", async () => {
  await writeFile(file(0), linesOf("1"));
  expect(await read()).toEqual(["O 1"]);
  await using handle = await open(file(0));
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  vi.spyOn(prototype, "stat").mockImplementationOnce(async () => {
    const before = await stat(file(0));
    await appendFile(file(0), linesOf("2"));
    await rotate(numbered(2, "3"));
    return before;
  });
  expect([...(await read()), ...(await read())]).toEqual(["O 2", "O 3"]);
  vi.restoreAllMocks();
});

test("lines that another run lost have no number", async () => {
  await writeFile(file(0), linesOf("1", "2", "3"));
  expect(await read()).toEqual(["O 1", "O 2", "O 3"]);
  await rotate(numbered(0, "x"));
  await rotate(numbered(1, "y"));
  await rotate(numbered(2, "z"));
  await rotate(numbered(3, "end"));
  expect((await read())[0]).toBe("J lines lost: the log was rotated");
});

test("lines that were rotated away before the first reading are not reported", async () => {
  await writeFile(file(0), numbered(1_000, "1"));
  expect(await read()).toEqual(["O 1"]);
});
