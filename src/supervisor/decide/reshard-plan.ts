import { JflowError } from "../../util/errors.ts";
import { chooseRoutingShards } from "../../model/shard/routing.ts";

/** The data and the request that a reshard starts from. */
export interface ReshardQuestion {
  readonly deployment: string;
  /** The shards of the data; undefined if the deployment has no data. */
  readonly shards: number | undefined;
  readonly routingShards: number;
  /** The requested number of shards. */
  readonly wanted: number;
}

/**
 * Returns the size of the hash space that the new shards divide. A size that the new number divides
 * stays, so that each new shard takes its documents from one old shard. Throws
 * `FAILED_PRECONDITION` if no reshard is possible.
 */
export function planReshard({ deployment, shards, routingShards, wanted }: ReshardQuestion): {
  routingShards: number;
} {
  if (shards === undefined)
    throw new JflowError(
      "FAILED_PRECONDITION",
      `"${deployment}" has no data to reshard: set shards in the flow file and start the flow`,
    );
  if (shards === wanted)
    throw new JflowError(
      "FAILED_PRECONDITION",
      `the data of "${deployment}" is already in ${wanted} shards`,
    );
  return { routingShards: divideHashSpace(routingShards, wanted) };
}

/** Returns the size of the hash space: the given one if `wanted` shards divide it. */
export function divideHashSpace(routingShards: number, wanted: number): number {
  const isNested = routingShards % wanted === 0 && routingShards >= wanted;
  return isNested ? routingShards : chooseRoutingShards(wanted);
}
