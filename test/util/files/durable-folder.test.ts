import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeDurableFolder, syncFolder } from "../../../src/util/files/durable-folder.ts";

const scratch = mkdtempSync(join(tmpdir(), "jflow-folder-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test("makes a folder with the parents it lacks, its owner's alone, and leaves one that is there", async () => {
  const path = join(scratch, "a/b/c");
  await makeDurableFolder(path);
  expect(
    [join(scratch, "a"), join(scratch, "a/b"), path].map((made) => statSync(made).mode & 0o777),
  ).toEqual([0o700, 0o700, 0o700]);
  mkdirSync(join(scratch, "there"), { mode: 0o755 });
  await makeDurableFolder(join(scratch, "there"));
  expect(statSync(join(scratch, "there")).mode & 0o777).toBe(0o755);
});

test("a file in the way is said, and so is a folder that is missing", async () => {
  writeFileSync(join(scratch, "file"), "");
  await expect(makeDurableFolder(join(scratch, "file/inner"))).rejects.toThrow(/ENOTDIR/);
  await expect(syncFolder(join(scratch, "missing"))).rejects.toThrow(/ENOENT/);
});
