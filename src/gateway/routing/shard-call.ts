import { JflowError } from "../../util/errors.ts";
import { connectionLoss } from "../../wire/connection-loss.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { DeploymentFacts } from "../topology/deployment-facts.ts";
import type { ReplicaReply } from "../topology/live-replica.ts";
import type { Caller } from "./deadline.ts";

/** One request to one shard. */
export interface ShardCall {
  readonly deployment: DeploymentFacts;
  readonly shard: number;
  readonly endpoint: string;
  /** One request, or several at a join without reduce and in `uses_after`. */
  readonly requests: readonly DataRequest[];
  /** The deployments that several requests come from, in their order. */
  readonly sources?: readonly string[];
  readonly caller: Caller;
}

/** The shard that is asked, and the caller that waits for its answer. */
export type ShardTurn = Pick<ShardCall, "deployment" | "shard" | "caller">;

/** A shard's answer and the replica that gave it. */
export interface ShardReply {
  readonly reply: ReplicaReply;
  readonly address: string;
}

/** Returns the name of a shard in messages: `indexer/1`, or `indexer` if it has one shard. */
export function nameShard({ deployment, shard }: Pick<ShardCall, "deployment" | "shard">): string {
  return deployment.shardNames[shard] ?? `${deployment.name}/${shard}`;
}

/**
 * Returns whether the error means that the replica is gone or takes no requests now, so that
 * another may be asked. An executor's exception is an answer.
 */
export function isUnavailable(error: unknown): boolean {
  return (
    connectionLoss(error) !== undefined ||
    (error instanceof JflowError && error.code === "UNAVAILABLE")
  );
}
