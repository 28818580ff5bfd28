import { expect, test } from "vitest";
import { COLUMNS, findUneven, WIDE } from "../../../../src/cli/commands/shards/shards.ts";
import { formatTable } from "../../../../src/cli/terminal/table.ts";
import type { ShardStatus } from "../../../../src/model/control/status.ts";

function copy(
  executor: string,
  shard: number,
  docs: number | null,
  role: "primary" | "replica" = "primary",
): ShardStatus {
  return {
    address: `${executor}/${shard}/0`,
    executor,
    shard,
    replica: 0,
    role,
    state: "STARTED",
    reason: null,
    docs,
    storeBytes: null,
    disk: null,
    term: 1,
    localCheckpoint: null,
    globalCheckpoint: null,
    inSync: true,
    pid: null,
  };
}

test("a shard with more than twice the mean of its executor gets a warning", () => {
  const rows = [copy("a", 0, 700), copy("a", 1, 100), copy("a", 2, 100), copy("b", 0, 10_000)];
  expect(findUneven(rows)).toEqual([
    "warning: a/0 holds 700 documents, 2.3 times the mean: the routing keys are uneven",
  ]);
});

test.each([
  { name: "even shards", rows: [copy("a", 0, 500), copy("a", 1, 480)] },
  {
    name: "few documents, which are uneven by chance",
    rows: [copy("a", 0, 9), copy("a", 1, 0), copy("a", 2, 0)],
  },
  {
    name: "replicas of one shard",
    rows: [copy("a", 0, 700), copy("a", 0, 700, "replica"), copy("a", 1, 600)],
  },
  { name: "a shard whose count is unknown", rows: [copy("a", 0, 700), copy("a", 1, null)] },
])("no warning about $name", ({ rows }) => {
  expect(findUneven(rows)).toEqual([]);
});

test("the table fits 80 columns, and keeps the state and the reason", () => {
  const rows = [
    { ...copy("a_long_name_of_executor", 0, 1_000_000), storeBytes: 5e9, reason: "it is late" },
  ];
  const [head, line] = formatTable(COLUMNS, rows, 80).split("\n");
  expect(line!.length).toBeLessThanOrEqual(80);
  expect(head).toMatch(/state.*node.*reason/);
});

test("the wide table shows the log and the snapshots with their bounds", () => {
  const mib = 1024 * 1024;
  const disk = {
    logBytes: 5 * mib,
    maxLogBytes: 192 * mib,
    snapshotBytes: 10 * mib,
    maxSnapshotBytes: 15 * mib,
  };
  const [head, line] = formatTable(WIDE, [{ ...copy("a", 0, 7), disk }]).split("\n");
  expect(head).toMatch(/store +log\/max +snapshots\/max/);
  expect(line).toMatch(/ 5\.0Mi\/192Mi +10Mi\/15Mi /);
});
