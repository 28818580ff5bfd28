import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  pruneStaged,
  recordApplied,
  stagedFolder,
} from "../../../src/supervisor/backup/staged-backups.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-staged-"));
  mkdirSync(stagedFolder(folder, "a"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes the log of a replica, whose files begin with these records. */
function makeLog(replica: number, ...starts: readonly number[]): void {
  const log = join(folder, String(replica), "log");
  mkdirSync(log, { recursive: true });
  for (const start of starts)
    writeFileSync(join(log, `0000000001-${String(start).padStart(20, "0")}.log`), "");
}

test("a staged backup is removed when every log begins after the write that restored it", async () => {
  await recordApplied(stagedFolder(folder, "a"), 50);
  makeLog(0, 51, 90);
  makeLog(1, 80);
  await pruneStaged(folder);
  expect(existsSync(stagedFolder(folder, "a"))).toBe(false);
});

test.each([
  ["one log may hold the write", [50, 90]],
  ["one log begins before the write", [1]],
])("a staged backup stays while %s", async (_, starts) => {
  await recordApplied(stagedFolder(folder, "a"), 50);
  makeLog(0, 60);
  makeLog(1, ...starts);
  await pruneStaged(folder);
  expect(existsSync(stagedFolder(folder, "a"))).toBe(true);
});

test("a staged backup whose restore was interrupted stays", async () => {
  makeLog(0, 60);
  await pruneStaged(folder);
  expect(existsSync(stagedFolder(folder, "a"))).toBe(true);
});
