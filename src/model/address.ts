import { JflowError } from "../util/errors.ts";

/** The address of a deployment, a shard or a replica: `indexer`, `indexer/1` or `indexer/1/0`. */
export interface Address {
  readonly deployment: string;
  readonly shard?: number;
  readonly replica?: number;
}

const ADDRESS = /^([A-Za-z_][A-Za-z0-9_]*)(?:\/(\d{1,6}))?(?:\/(\d{1,6}))?$/;

/** Parses `name[/shard[/replica]]`. Throws `INVALID_ARGUMENT` for anything else. */
export function parseAddress(text: string): Address {
  const match = ADDRESS.exec(text);
  if (!match) {
    throw new JflowError(
      "INVALID_ARGUMENT",
      `"${text}" is not an address: write indexer, indexer/1 or indexer/1/0`,
    );
  }
  const [, deployment, shard, replica] = match;
  return {
    deployment: deployment!,
    ...(shard === undefined ? {} : { shard: Number(shard) }),
    ...(replica === undefined ? {} : { replica: Number(replica) }),
  };
}

/** Returns the address of a replica: `indexer/1/0`. */
export function formatAddress(deployment: string, shard: number, replica: number): string {
  return `${deployment}/${shard}/${replica}`;
}

/** Returns whether `address` is `within` or inside of it. */
export function isWithin(address: Address, within: Address): boolean {
  return (
    address.deployment === within.deployment &&
    (within.shard === undefined || within.shard === address.shard) &&
    (within.replica === undefined || within.replica === address.replica)
  );
}
