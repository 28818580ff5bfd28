import { expect, test } from "vitest";
import { encodeBackup, parseBackup } from "../../../src/model/shard/backup.ts";

const BACKUP = {
  jflow: "0.1.0",
  executor: "indexer",
  uses: "HNSWIndexer",
  createdAt: "2026-12-01T00:00:00.000Z",
  routingShards: 1024,
  shards: [
    {
      shard: 0,
      position: { seq: 7, term: 2 },
      inSync: ["a"],
      files: [{ name: "log/1.log", size: 5, crc32: 77 }],
    },
  ],
};

test("a manifest is read back as it was written", () => {
  expect(parseBackup(encodeBackup(BACKUP), "backup.json")).toEqual({
    schema: "jflow.backup/v1",
    ...BACKUP,
  });
});

test.each([
  ["a changed position", (text: string) => text.replace('"seq": 7', '"seq": 8')],
  ["a missing end", (text: string) => text.slice(0, -20)],
  ["no content", () => ""],
  ["a list", () => "[]"],
  ["a missing checksum", (text: string) => text.replace(/,\s*"checksum": \d+/, "")],
])("a manifest with %s is refused as damaged", (_, damage) => {
  expect(() => parseBackup(damage(encodeBackup(BACKUP)), "b/backup.json")).toThrow(
    /^b\/backup\.json is damaged/,
  );
});

test("a manifest of a later format names the version of this jflow", () => {
  const text = encodeBackup(BACKUP).replace("jflow.backup/v1", "jflow.backup/v2");
  expect(() => parseBackup(text, "b/backup.json")).toThrow(
    /^cannot read b\/backup\.json: a newer jflow wrote it/,
  );
});
