import { expect, test } from "vitest";
import type { Flow } from "../../../src/flow/flow.ts";
import { checkCounts } from "../../../src/supervisor/operations/scale.ts";

const FLOW = {
  deployments: [
    { name: "encoder", shards: 1, external: false },
    { name: "indexer", shards: 4, external: false },
    { name: "remote", shards: 1, external: true },
  ],
} as unknown as Flow;

test.each([
  { counts: { nothing: 2 }, reason: "the flow has no executor nothing to scale" },
  { counts: { encoder: 2, remote: 2 }, reason: "remote is an external executor" },
  { counts: { encoder: 0 }, reason: "encoder needs at least 1 replica: to stop all" },
  { counts: { encoder: 1025 }, reason: "encoder would need 1,025 processes" },
  {
    counts: { indexer: 257 },
    reason: "indexer would need 1,028 processes, more than the limit of 1,024",
  },
])("the numbers $counts are refused", ({ counts, reason }) => {
  expect(() => checkCounts(FLOW, counts)).toThrow(reason);
});

test("the numbers of a flow file may be scaled to", () => {
  expect(() => checkCounts(FLOW, { encoder: 1024, indexer: 256 })).not.toThrow();
});
