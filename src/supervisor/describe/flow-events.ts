import type { FlowEvent } from "../../model/control/messages.ts";
import type { ReplicaState } from "../decide/lifecycle/replica-state.ts";
import type { ShardFacts } from "../decide/shard-state.ts";
import { describeWithFailure, stateName } from "./replica-text.ts";
import { explainHealth } from "./shard-text.ts";

/** The event of a replica. `failure`: why its last process ended, or did not start. */
export function replicaEvent(address: string, state: ReplicaState, failure: string): FlowEvent {
  const text = describeWithFailure(state, failure);
  return { type: "replica", address, state: stateName(state), text };
}

/** The addresses and endpoints that clients of a flow can call. */
export type Service = Pick<Extract<FlowEvent, { type: "ready" }>, "gateway" | "endpoints">;

/** The event of a flow that is up. `degraded`: the shards without a primary. */
export function readyEvent(service: Service, degraded: readonly ShardFacts[]): FlowEvent {
  const named = degraded.map(
    (shard) =>
      `${shard.address} has no primary: ${explainHealth(shard) ?? "a primary has just been chosen"} (jflow explain ${shard.address})`,
  );
  return { type: "ready", ...service, degraded: named };
}
