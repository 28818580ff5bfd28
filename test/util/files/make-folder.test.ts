import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { makeFolder } from "../../../src/util/files/make-folder.ts";
import { mayMount } from "../../rig/may-mount.ts";

const ROOT = join(import.meta.dirname, "../../..");
const scratch = mkdtempSync(join(tmpdir(), "jflow-make-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test("makes the parents that are missing, and gives the first", async () => {
  expect(await makeFolder(join(scratch, "a/b"))).toBe(join(scratch, "a"));
  expect(await makeFolder(join(scratch, "a/b"))).toBe(undefined);
  expect(statSync(join(scratch, "a/b")).mode & 0o777).toBe(0o700);
});

test("processes that make the same parents at once all succeed", async () => {
  const program = `
    import { makeFolder } from ${JSON.stringify(pathToFileURL(join(ROOT, "dist/util/files/make-folder.js")))};
    for (let round = 0; round < 200; round += 1)
      await makeFolder(process.argv[1] + "/shared-" + round + "/x/y/" + process.argv[2]);`;
  const run = promisify(execFile);
  const folders = ["0", "1", "2", "3"].map((name) =>
    run(process.execPath, ["--input-type=module", "-e", program, "--", scratch, name]),
  );
  await Promise.all(folders);
  expect(existsSync(join(scratch, "shared-199/x/y/3"))).toBe(true);
});

test("a file in the way is said", async () => {
  writeFileSync(join(scratch, "file"), "");
  await expect(makeFolder(join(scratch, "file/inner"))).rejects.toThrow(/ENOTDIR/);
});

test.runIf(mayMount())("a file system that is read-only is said to be that", async () => {
  const disk = join(scratch, "disk");
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", disk]);
  try {
    await expect(makeFolder(join(disk, "a/b"))).rejects.toThrow(/EROFS: read-only file system/);
  } finally {
    execFileSync("umount", [disk]);
  }
});

test.runIf(process.platform === "linux")(
  "a file system that takes no folders is an error at once",
  async () => {
    await expect(makeFolder("/proc/jflow/a/b")).rejects.toThrow(/ENOENT.*\/proc\/jflow/);
  },
);
