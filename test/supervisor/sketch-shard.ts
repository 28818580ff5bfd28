import type { CopyCondition, ShardPhase } from "../../src/replication/replication.ts";
import type { ReplicaState } from "../../src/supervisor/decide/lifecycle/replica-state.ts";
import type { ShardFacts } from "../../src/supervisor/decide/shard-state.ts";

export const READY = { name: "ready", processId: "p", startedAt: 0, servingSince: 1 } as const;
const RECOVERING: ReplicaState = { ...READY, name: "recovering" };
export const BACKOFF: ReplicaState = { name: "backoff", diedAt: 0, delayMs: 500 };
const STOPPED: ReplicaState = { name: "stopped", by: "user" };

interface Sketch {
  readonly condition: CopyCondition;
  readonly inSync: boolean;
  readonly state: ReplicaState;
}

/** A shard `i/0` whose first copy is the primary where there is one. */
export function sketchShard(
  phase: ShardPhase,
  sketches: readonly Sketch[],
  inSync = sketches.filter((copy) => copy.inSync).length,
): ShardFacts {
  const views = sketches.map(({ condition, inSync: isIn }, replica) => ({
    replica,
    copyId: `c${replica}`,
    processId: condition === "live" ? `p${replica}` : null,
    inSync: isIn,
    condition,
  }));
  return {
    address: "i/0",
    view: {
      term: 3,
      phase,
      inSync: Array.from({ length: inSync }, (_, member) => `c${member}`),
      primary: phase === "led" ? { copyId: "c0", processId: "p0" } : null,
      copies: views,
      needed: [],
    },
    problem: null,
    copies: sketches.map(({ state }, replica) => ({
      address: `i/0/${replica}`,
      view: views[replica]!,
      state,
      failure: "killed by SIGKILL",
      docs: replica,
      notices: replica === 0 ? [] : ["its files are damaged and kept in /w/1.damaged-1"],
    })),
  };
}

export const LIVE: Sketch = { condition: "live", inSync: true, state: READY };
export const CATCHING_UP: Sketch = { condition: "live", inSync: false, state: RECOVERING };
export const DEAD: Sketch = { condition: "gone", inSync: false, state: BACKOFF };
export const BY_HAND: Sketch = { condition: "stopped", inSync: true, state: STOPPED };
export const UNHEALTHY: Sketch = {
  ...LIVE,
  state: { ...READY, name: "unhealthy", reason: "busy" },
};
