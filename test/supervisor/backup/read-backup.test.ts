import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BackupManifest } from "../../../src/model/shard/backup.ts";
import { checkFits, readBackup, verifyBackup } from "../../../src/supervisor/backup/read-backup.ts";
import { copyFolder } from "../../../src/util/files/copy-folder.ts";
import { sumFolder } from "../../../src/util/files/folder-sums.ts";

let folder: string;
let backup: BackupManifest;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "jflow-backup-"));
  for (const shard of ["0", "1"]) {
    mkdirSync(join(folder, shard, "log"), { recursive: true });
    writeFileSync(join(folder, shard, "log", "a"), `records of ${shard}`);
    writeFileSync(join(folder, shard, "copy-id"), shard);
  }
  backup = {
    schema: "jflow.backup/v1",
    jflow: "0.1.0",
    executor: "indexer",
    uses: "HNSWIndexer",
    createdAt: "2026-12-01T00:00:00.000Z",
    routingShards: 1024,
    shards: await Promise.all(
      [0, 1].map(async (shard) => ({
        shard,
        position: { seq: 1, term: 1 },
        inSync: [],
        files: [...(await sumFolder(join(folder, String(shard))))],
      })),
    ),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

const TARGET = { deployment: "indexer", uses: "HNSWIndexer", shards: 2, routingShards: 1024 };

test("a backup fits the same executor with the same shards", () => {
  expect(() => checkFits(backup, TARGET)).not.toThrow();
});

test.each([
  [
    { uses: "./notes.ts" },
    /^the backup holds data of HNSWIndexer, and indexer uses \.\/notes\.ts$/,
  ],
  [
    { shards: 3 },
    /has 2 shards and indexer has 3: .* Stop the flow with jflow down and run the command again$/,
  ],
  [{ routingShards: 512 }, /divides its documents in another way/],
])("a backup is refused by a flow with %o", (change, message) => {
  expect(() => checkFits(backup, { ...TARGET, ...change })).toThrow(message);
});

test("a whole backup passes, and a copy of it", async () => {
  await verifyBackup(folder, backup);
  await copyFolder(join(folder, "0"), join(folder, "copy"));
  expect(await sumFolder(join(folder, "copy"))).toEqual(await sumFolder(join(folder, "0")));
});

test.each([
  [
    "a changed byte",
    "is not as it was written",
    () => writeFileSync(join(folder, "1", "log", "a"), "Records of 1"),
  ],
  ["a missing file", "does not exist", () => rmSync(join(folder, "1", "log", "a"))],
  ["a missing shard", "does not exist", () => rmSync(join(folder, "1"), { recursive: true })],
])("a backup with %s is refused as damaged, and the file is named", async (_, what, damage) => {
  damage();
  await expect(verifyBackup(folder, backup)).rejects.toMatchObject({
    code: "DATA_LOSS",
    message: expect.stringMatching(
      new RegExp(`^the backup is damaged, .*/1/.* ${what}$`),
    ) as string,
  });
});

test("a folder without a manifest is no complete backup", async () => {
  await expect(readBackup(folder)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `${folder} holds no complete backup: backup.json does not exist`,
  });
});
