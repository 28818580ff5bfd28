import { expect, test } from "vitest";
import { COLUMNS, describeFaults, rowsOf } from "../../../../src/cli/commands/shards/verify.ts";
import { formatTable } from "../../../../src/cli/terminal/table.ts";
import type { VerifyReport } from "../../../../src/model/control/status.ts";

type ShardReport = VerifyReport["shards"][number];
type CopyReport = ShardReport["copies"][number];

const VECTORS = "546ab9dd50653bc4";

function copy(replica: number, documents: string): CopyReport {
  const address = `index/0/${replica}`;
  return { address, seq: 1, docs: 1, history: "ba6ad6fd", digest: `${VECTORS}-${documents}` };
}

function shard(...copies: readonly CopyReport[]): ShardReport {
  return { address: "index/0", equal: false, hasPrimary: true, copies };
}

const digestsOf = (report: ShardReport): string[] =>
  formatTable(COLUMNS, rowsOf(report))
    .split("\n")
    .slice(1)
    .map((line) => line.split(/ +/)[4]!);

test("the letters of a digest depend on the whole digest", () => {
  const [one, two, again] = digestsOf(shard(copy(0, "1111"), copy(1, "2222"), copy(2, "1111")));
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect([one === two, one === again]).toEqual([false, true]);
});

test("a short digest is shown as it is", () => {
  expect(digestsOf(shard({ ...copy(0, ""), digest: "3-notes" }))).toEqual(["3-notes"]);
});

test("a copy that does not answer is named, and does not count as different", () => {
  const silent = { address: "index/0/1" };
  const report = shard(copy(0, "1111"), silent);
  expect(rowsOf(report).map(({ equal }) => equal)).toEqual(["yes", "no answer"]);
  expect(describeFaults({ equal: false, shards: [report] })).toEqual([
    "no answer: index/0/1: these copies were not compared",
  ]);
});

test("different copies are reported, with and without a silent one", () => {
  const report = shard(copy(0, "1111"), copy(1, "2222"), { address: "index/0/2" });
  expect(rowsOf(report).map(({ equal }) => equal)).toEqual(["no", "no", "no answer"]);
  expect(describeFaults({ equal: false, shards: [{ ...report, hasPrimary: false }] })).toEqual([
    "copies differ: index/0",
    "no answer: index/0/2: these copies were not compared",
    "no primary: index/0; copies may lack acknowledged writes (run jflow explain index/0)",
  ]);
});
