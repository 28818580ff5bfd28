import { expect, test } from "vitest";
import { WriteCounts } from "../../../../src/cli/commands/post/shards-report.ts";

const answer = (documents: Record<string, unknown>): Record<string, unknown> => ({
  _shards: { total: 2, documents },
});

test("the counts of all answers are added, and each warning appears once", () => {
  const counts = new WriteCounts();
  counts.add(answer({ written: 2, replaced: 1, not_found: 0 }));
  counts.add(answer({ written: 3, deleted: 4, warning: "nothing was deleted" }));
  counts.add(answer({ warning: "nothing was deleted" }));
  expect(counts.describe()).toEqual([
    "5 written, 1 replaced, 4 deleted",
    "warning: nothing was deleted",
  ]);
});

test("the first ids that were not found are named", () => {
  const counts = new WriteCounts();
  counts.add(answer({ not_found: 2, not_found_ids: ["a", "b"] }));
  expect(counts.describe()).toEqual(["2 not found: a, b"]);
  counts.add(answer({ not_found: 3, not_found_ids: ["c", "d", "e"] }));
  expect(counts.describe()).toEqual(["5 not found: a, b, c and 2 more"]);
});

test("a document that was written, and sent again after a refusal, counts as written once", () => {
  const counts = new WriteCounts();
  counts.addRepeated(answer({ written: 61, replaced: 1, failed: 38 }));
  counts.add(answer({ written: 10, replaced: 40 }));
  counts.add(answer({ written: 27, replaced: 22 }));
  expect(counts.describe()).toEqual(["98 written, 1 replaced"]);
});

test("a write that changed nothing is reported, and an answer without counts is not", () => {
  const counts = new WriteCounts();
  counts.add({ _shards: { total: 2 } });
  expect(counts.describe()).toEqual([]);
  counts.add(answer({ written: 0, deleted: 0 }));
  expect(counts.describe()).toEqual(["nothing was changed"]);
});
