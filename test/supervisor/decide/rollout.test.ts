import { expect, test } from "vitest";
import type { ReplicaState } from "../../../src/supervisor/decide/lifecycle/replica-state.ts";
import {
  chooseNext,
  judgeRollout,
  type RolledReplica,
} from "../../../src/supervisor/decide/rollout.ts";

const READY = { name: "ready", processId: "p", startedAt: 0, servingSince: 1 } as const;
const CURRENT: RolledReplica = {
  address: "a/0/0",
  state: READY,
  isCurrent: true,
  failure: "exited with code 1",
  inSync: true,
};
const state = (of: ReplicaState): Partial<RolledReplica> => ({ state: of });

test.each<{ change: Partial<RolledReplica>; is: string; reason?: string }>([
  { change: {}, is: "up" },
  { change: { isCurrent: false }, is: "waiting" },
  { change: { inSync: false }, is: "waiting" },
  { change: state({ ...READY, name: "recovering" }), is: "waiting" },
  { change: state({ ...READY, name: "unhealthy", reason: "busy" }), is: "waiting" },
  { change: state({ name: "starting", processId: "p", startedAt: 0 }), is: "waiting" },
  { change: { ...state({ name: "pending" }), isCurrent: false }, is: "waiting" },
  { change: state({ name: "stopped", by: "user" }), is: "up" },
  {
    change: state({ name: "backoff", diedAt: 0, delayMs: 500 }),
    is: "failed",
    reason: "a/0/0: exited with code 1",
  },
  { change: state({ name: "failed", reason: "late" }), is: "failed", reason: "a/0/0: late" },
  { change: { ...state({ name: "failed", reason: "late" }), isCurrent: false }, is: "waiting" },
])("a replica that an operation starts is judged: $change is $is", ({ change, is, reason }) => {
  const verdict = judgeRollout([
    { ...CURRENT, address: "a/0/1" },
    { ...CURRENT, ...change },
  ]);
  expect(verdict).toEqual(reason === undefined ? { is } : { is, reason });
});

test("the primary of a shard is replaced last", () => {
  const primary = { address: "a/0/0", isPrimary: true };
  const other = { address: "a/0/1", isPrimary: false };
  expect(chooseNext([primary, other])).toBe(other);
  expect(chooseNext([primary])).toBe(primary);
  expect(chooseNext([])).toBeUndefined();
});
