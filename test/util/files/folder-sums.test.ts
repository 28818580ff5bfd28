import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sumFolder } from "../../../src/util/files/folder-sums.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-sums-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("every file is listed once with its size and checksum, in the order of the names", async () => {
  mkdirSync(join(folder, "b", "c"), { recursive: true });
  writeFileSync(join(folder, "b", "c", "long"), Buffer.alloc(3_000_000, 7));
  writeFileSync(join(folder, "b", "a"), "x");
  writeFileSync(join(folder, "empty"), "");
  expect(await sumFolder(folder)).toEqual([
    { name: "b/a", size: 1, crc32: crc32("x") },
    { name: "b/c/long", size: 3_000_000, crc32: crc32(Buffer.alloc(3_000_000, 7)) },
    { name: "empty", size: 0, crc32: 0 },
  ]);
});
