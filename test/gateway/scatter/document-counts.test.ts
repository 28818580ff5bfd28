import { expect, test } from "vitest";
import { countMoved } from "../../../src/gateway/scatter/document-counts.ts";
import type { ShardOutcome } from "../../../src/gateway/scatter/shard-outcomes.ts";
import type { DocumentCounts } from "../../../src/gateway/scatter/shards-report.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";

const HEADER = { requestId: "r", execEndpoint: "/index", targetExecutor: "" };
const NOTHING = { written: 0, replaced: 0, deleted: 0, not_found: 0, failed: 0 };

function removal(shard: number, deleted: number): ShardOutcome {
  const parameters = { __results__: { [`index/shard-${shard}/rep-0`]: { deleted } } };
  const copies = { total: 1, successful: 1, failed: 0 };
  const response = DataRequest.make({ header: HEADER, parameters });
  return { kind: "answered", shard, address: `index/${shard}/0`, response, copies };
}

function count(documents: DocumentCounts, removals: readonly ShardOutcome[]): unknown {
  const shards = { total: 2, successful: 2, failed: 0, documents };
  const answer = { response: DataRequest.make({ header: HEADER }), isError: false, shards };
  return countMoved(answer, removals).shards?.documents;
}

test("a document that moved to another shard is replaced, and others are written", () => {
  const documents = { ...NOTHING, written: 3, replaced: 1 };
  expect(count(documents, [removal(0, 1), removal(1, 1)])).toEqual({
    ...NOTHING,
    written: 1,
    replaced: 3,
  });
});

test("a document of which another shard held an old copy is counted once", () => {
  const documents = { ...NOTHING, replaced: 1 };
  expect(count(documents, [removal(0, 1)])).toEqual(documents);
  expect(count(documents, [])).toEqual(documents);
});
