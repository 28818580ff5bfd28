import { JflowError } from "../../util/errors.ts";
import { chooseRoutingShards } from "../../model/shard/routing.ts";

/** What a resharding starts from. */
export interface ReshardQuestion {
  readonly deployment: string;
  /** Of the data; undefined where there is none. */
  readonly shards: number | undefined;
  readonly routingShards: number;
  /** What it is to have. */
  readonly wanted: number;
}

/**
 * The size of the hash space that the new shards divide. Where the old size can be divided by them
 * it stays, so that multiplied shards are nested: each new one takes its documents from one old
 * one. Throws `FAILED_PRECONDITION` where there is nothing to do.
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
  const isNested = routingShards % wanted === 0 && routingShards >= wanted;
  return { routingShards: isNested ? routingShards : chooseRoutingShards(wanted) };
}
