import type { FlowEvent } from "../../model/control.ts";
import { isFailed, type ReplicaState } from "../decide/lifecycle/replica-state.ts";
import type { ShardFacts } from "../decide/shard-state.ts";
import { describeState, stateName } from "./replica-text.ts";
import { explainHealth } from "./shard-text.ts";

/** How watchers are told where a replica stands; `failure` is why it died, or never started. */
export function replicaEvent(address: string, state: ReplicaState, failure: string): FlowEvent {
  const described = describeState(state);
  const hasDied = state.name === "backoff" || isFailed(state);
  // A failed state's own reason may be that very sentence.
  const text = hasDied && !described.includes(failure) ? `${described}: ${failure}` : described;
  return { type: "replica", address, state: stateName(state), text };
}

/** How watchers are told that the flow is up; `degraded` are the shards that have no primary. */
export function readyEvent(
  gateway: Readonly<Record<string, string>>,
  degraded: readonly ShardFacts[],
): FlowEvent {
  const named = degraded.map(
    (shard) =>
      `${shard.address} has no primary: ${explainHealth(shard) ?? "it has one by now"} (jflow explain ${shard.address})`,
  );
  return { type: "ready", gateway, degraded: named };
}
