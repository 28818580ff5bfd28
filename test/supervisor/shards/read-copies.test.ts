import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Workspace } from "../../../src/storage/storage.ts";
import { readCopies } from "../../../src/supervisor/shards/read-copies.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-copies-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the copies of a shard are found by the numbers of their workspaces", async () => {
  const { copyId } = await Workspace.open(join(folder, "1"));
  await Workspace.open(join(folder, "1.damaged-1"));
  mkdirSync(join(folder, "2"));
  expect(readCopies(folder)).toEqual(new Map([[1, copyId]]));
});

test("a shard without a folder has no copies", () => {
  expect(readCopies(join(folder, "none"))).toEqual(new Map());
});

test("a workspace that cannot be read is an error", () => {
  mkdirSync(join(folder, "0"));
  writeFileSync(join(folder, "1"), "");
  expect(() => readCopies(folder)).toThrow("ENOTDIR");
});
