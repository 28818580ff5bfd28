import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkShardCounts, StateFile } from "../../../src/supervisor/disk/state-file.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-state-"));
  path = join(folder, "state.json");
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

test("a saved state is read again, with the routing rule and the size of the hash space", async () => {
  const file = await StateFile.open(path);
  file.record("indexer", 2);
  await file.saveShard("indexer", 1, { term: 3, inSync: ["a", "b"] });
  const reopened = await StateFile.open(path);
  expect(reopened.shardsOf("indexer")).toBe(2);
  expect(reopened.shard("indexer", 0)).toBeNull();
  expect(reopened.shard("indexer", 1)).toEqual({ term: 3, inSync: ["a", "b"] });
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({
    schema: "jflow.state/v1",
    routing: "murmur3-utf16le/v1",
    deployments: { indexer: { shards: 2, routingShards: 1024 } },
  });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("data keeps the defaults that it was first written under, also after a reshard", async () => {
  const early = { shards: 1, routingShards: 1024, terms: [{ term: 1, inSync: ["x"] }] };
  const state = { schema: "jflow.state/v1", routing: "murmur3-utf16le/v1", deployments: { early } };
  await writeFile(path, JSON.stringify(state));
  const file = await StateFile.open(path);
  file.record("late", 1);
  expect(file.listEarlier()).toEqual(new Set(["early"]));
  for (const name of ["early", "late"]) await file.replaceDeployment(name, { ...early, shards: 2 });
  const reopened = await StateFile.open(path);
  expect(reopened.listEarlier()).toEqual(new Set(["early"]));
  expect(reopened.shardsOf("late")).toBe(2);
});

test("concurrent saves of several shards are on disk when they resolve", async () => {
  const file = await StateFile.open(path);
  file.record("indexer", 8);
  await Promise.all(
    Array.from({ length: 8 }, async (_, shard) =>
      file.saveShard("indexer", shard, { term: shard + 1, inSync: ["x"] }),
    ),
  );
  const reopened = await StateFile.open(path);
  expect(Array.from({ length: 8 }, (_, shard) => reopened.shard("indexer", shard)?.term)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8,
  ]);
});

test("a failed save changes no state, and the next save works", async () => {
  const file = await StateFile.open(path);
  file.record("indexer", 1);
  await file.saveShard("indexer", 0, { term: 1, inSync: ["a"] });
  await rm(folder, { recursive: true });
  await expect(file.saveShard("indexer", 0, { term: 2, inSync: ["b"] })).rejects.toThrow("ENOENT");
  expect(file.shard("indexer", 0)?.term).toBe(1);
  folder = await mkdtemp(folder);
});

test.each([
  ["no JSON", "{"],
  [
    "an empty in-sync set",
    JSON.stringify({
      schema: "jflow.state/v1",
      routing: "murmur3-utf16le/v1",
      deployments: { a: { shards: 1, routingShards: 1024, terms: [{ term: 1, inSync: [] }] } },
    }),
  ],
  [
    "another routing rule",
    JSON.stringify({ schema: "jflow.state/v1", routing: "other/v1", deployments: {} }),
  ],
])("%s is refused as damage, with the way out", async (_, text) => {
  await writeFile(path, text);
  await expect(StateFile.open(path)).rejects.toMatchObject({
    code: "DATA_LOSS",
    message: expect.stringContaining("--allocate-stale") as string,
  });
});

test("a state.json of a newer jflow is refused, and not as damaged", async () => {
  await writeFile(path, JSON.stringify({ schema: "jflow.state/v2", shape: "unknown here" }));
  await expect(StateFile.open(path)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining(`${path}: a newer jflow wrote it`) as string,
  });
});

test("a number of shards that differs from the data is refused, with both remedies", async () => {
  const file = await StateFile.open(path);
  file.record("indexer", 2);
  checkShardCounts(file, [
    { name: "indexer", shards: 2 },
    { name: "encoder", shards: 7 },
  ]);
  expect(() => checkShardCounts(file, [{ name: "indexer", shards: 3 }])).toThrow(
    '"indexer" has data in 2 shards, but the flow file says 3 shards: set shards back to 2, or stop the flow and run jflow reshard indexer --shards 3',
  );
});
