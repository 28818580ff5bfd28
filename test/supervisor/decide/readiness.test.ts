import { expect, test } from "vitest";
import {
  judgeReadiness,
  type ReadyReplica,
  type ReadyShard,
} from "../../../src/supervisor/decide/readiness.ts";
import type { ReplicaState } from "../../../src/supervisor/decide/lifecycle/replica-state.ts";

const serving = (name: "ready" | "recovering"): ReplicaState => ({
  name,
  processId: "p",
  startedAt: 0,
  servingSince: 1,
});
const STARTING: ReplicaState = { name: "starting", processId: "p", startedAt: 0 };
const FAILED: ReplicaState = { name: "failed", reason: "x" };
const replica = (state: ReplicaState, more: Partial<ReadyReplica> = {}): ReadyReplica => ({
  address: "a/0/0",
  state,
  hasData: false,
  leaderless: false,
  ...more,
});
const shard = (hasPrimary: boolean, isRed = false): ReadyShard => ({
  address: "a/0",
  hasPrimary,
  isRed,
});

test.each<{
  rule: string;
  replicas: ReadyReplica[];
  shards: ReadyShard[];
  over?: boolean;
  verdict: unknown;
}>([
  {
    rule: "the flow waits until every process serves",
    replicas: [replica(serving("ready")), replica(STARTING)],
    shards: [],
    verdict: { is: "waiting" },
  },
  {
    rule: "the flow is ready when every process serves",
    replicas: [replica(serving("ready"))],
    shards: [],
    verdict: { is: "ready", degraded: [] },
  },
  {
    rule: "a flow with a copy that recovers answers requests and is not ready",
    replicas: [replica(serving("ready")), replica(serving("recovering"))],
    shards: [shard(true)],
    verdict: { is: "serving" },
  },
  {
    rule: "the flow waits until every shard has a primary",
    replicas: [replica(serving("recovering"))],
    shards: [shard(false)],
    verdict: { is: "electing" },
  },
  {
    rule: "a shard whose in-sync copies are missing is named and not waited for",
    replicas: [replica(serving("recovering"), { leaderless: true })],
    shards: [shard(false, true), shard(true)],
    verdict: { is: "ready", degraded: ["a/0"] },
  },
  {
    rule: "the wait for primaries is bounded",
    replicas: [replica(serving("recovering"), { leaderless: true })],
    shards: [shard(false)],
    over: true,
    verdict: { is: "ready", degraded: ["a/0"] },
  },
  {
    rule: "a replica that cannot start fails the flow, whatever the others do",
    replicas: [replica(serving("ready")), replica(FAILED, { address: "b/0/0" })],
    shards: [],
    verdict: { is: "failed", addresses: ["b/0/0"] },
  },
  {
    rule: "a copy with data that cannot start does not delay the other shards",
    replicas: [replica(serving("ready")), replica(FAILED, { hasData: true })],
    shards: [shard(false, true)],
    verdict: { is: "ready", degraded: ["a/0"] },
  },
  {
    rule: "a replica that the user stopped is not waited for, also while its process ends",
    replicas: [
      replica(serving("ready")),
      replica({ name: "stopped", by: "user" }),
      replica({ ...STARTING, afterwards: { is: "stopped" } }),
    ],
    shards: [],
    verdict: { is: "ready", degraded: [] },
  },
])("$rule", ({ replicas, shards, over, verdict }) => {
  expect(judgeReadiness(replicas, shards, over ?? false)).toEqual(verdict);
});
