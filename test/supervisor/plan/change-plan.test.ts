import { expect, test } from "vitest";
import { planReplicas, readFlow, type Flow, type PlannedReplica } from "../../../src/flow/flow.ts";
import { dropEntries, putEntries, scalePlan } from "../../../src/supervisor/plan/change-plan.ts";
import type { FlowPlan, PlanEntry } from "../../../src/supervisor/plan/flow-plan.ts";
import { LAUNCH } from "./sample-launch.ts";

const TEXT = `jtype: Flow
executors:
  - { name: encoder, uses: BaseExecutor, replicas: 2 }
  - { name: indexer, uses: HNSWIndexer, uses_with: { dim: 2 }, shards: 2 }
`;
const FLOW = readFlow({ text: TEXT, file: "/f/flow.yml", variables: {}, exists: () => true }).flow!;

function entryOf(_: Flow, planned: PlannedReplica, generation = 0): PlanEntry {
  return { planned, launch: { ...LAUNCH, configHash: "h" }, generation };
}

const PLAN: FlowPlan = {
  flow: FLOW,
  entries: planReplicas(FLOW).replicas.map((planned) => entryOf(FLOW, planned, 7)),
};
const list = ({ entries }: FlowPlan): string[] =>
  entries.map(({ planned, generation }) => `${planned.address} ${generation}`);

test("scaling adds and removes replicas of every shard, and keeps the entries of the others", () => {
  expect(list(scalePlan(PLAN, { encoder: 1, indexer: 2 }, entryOf))).toEqual([
    "encoder/0/0 7",
    "indexer/0/0 7",
    "indexer/0/1 0",
    "indexer/1/0 7",
    "indexer/1/1 0",
    "gateway/0/0 7",
  ]);
});

test("scaling to the number that runs changes nothing", () => {
  expect(scalePlan(PLAN, { encoder: 2 }, entryOf)).toEqual(PLAN);
});

test("scaling keeps the additional replica of another deployment that is being replaced", () => {
  const extra = { ...PLAN.entries[0]!.planned, address: "encoder/0/2", replica: 2 };
  const rolling = putEntries(PLAN, [entryOf(FLOW, extra)]);
  const scaled = list(scalePlan(rolling, { indexer: 2 }, entryOf));
  expect(scaled.slice(0, 4)).toEqual([
    "encoder/0/0 7",
    "encoder/0/1 7",
    "encoder/0/2 0",
    "indexer/0/0 7",
  ]);
});

test("an entry takes the place of the one with its address, and a dropped one is gone", () => {
  const next = putEntries(PLAN, [entryOf(FLOW, PLAN.entries[1]!.planned, 8)]);
  expect(list(next)[1]).toBe("encoder/0/1 8");
  expect(list(dropEntries(next, ["encoder/0/1"]))).not.toContain("encoder/0/1 8");
});
