import { mkdtemp, realpath, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SavedFiles } from "../../../src/supervisor/watch/saved-files.ts";

const FUTURE = Date.now() + 3_600_000;

let folder: string;
let files: SavedFiles;
let path: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "jflow-saved-")));
  files = new SavedFiles();
  path = join(folder, "a.ts");
  await writeFile(path, "1");
  await files.follow([path, join(folder, "b.ts")], FUTURE);
});
afterEach(async () => rm(folder, { recursive: true }));

test("a file with another content is saved once", async () => {
  expect(await files.compare(false)).toEqual([]);
  await writeFile(path, "2");
  expect(await files.compare(false)).toEqual([{ path, isGone: false }]);
  expect(await files.compare(false)).toEqual([]);
});

test("a file with the same content is saved only by its time", async () => {
  await utimes(path, new Date(), new Date());
  await writeFile(path, "1");
  expect(await files.compare(false)).toEqual([]);
  await utimes(path, new Date(0), new Date(0));
  expect(await files.compare(true)).toEqual([{ path, isGone: false }]);
});

test("a file that is removed, made, or replaced by another file is a change", async () => {
  const other = join(folder, "b.ts");
  await writeFile(join(folder, "new"), "2");
  await rename(join(folder, "new"), path);
  expect(await files.compare(false)).toEqual([{ path, isGone: false }]);
  await rename(path, other);
  expect(await files.compare(false)).toEqual([
    { path, isGone: true },
    { path: other, isGone: false },
  ]);
  expect(files.countExisting()).toBe(1);
});

test("a file that was saved after it was read is saved at the next comparison", async () => {
  const late = join(folder, "late.ts");
  await writeFile(late, "1");
  expect(await files.follow([path, late], 0)).toBe(true);
  expect(await files.compare(false)).toEqual([{ path: late, isGone: false }]);
  expect(files.paths).toEqual([path, late]);
});

test("a known file keeps its last content when other files are added", async () => {
  await writeFile(path, "2");
  expect(await files.follow([path], 0)).toBe(false);
  expect(await files.compare(false)).toEqual([{ path, isGone: false }]);
});
