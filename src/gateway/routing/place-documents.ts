import type { ShardRoute, Slice } from "./shard-route.ts";

/** The shards that hold each document of a request, by its position. */
export type Places = readonly (readonly number[])[];

/**
 * Returns the slices of a request that changes or reads stored documents: each document goes to the
 * shards that hold it. A document that no shard holds stays where `slices` has it.
 */
export function sliceByPlace(slices: readonly Slice[], places: Places): Slice[] {
  const planned = shardByPosition(slices);
  return groupByShard(
    places.map((shards, position) => (shards.length > 0 ? shards : [planned.get(position)!])),
  );
}

/**
 * Returns the documents that lie, after a write along `route`, on another shard than the one to
 * which the last document of their id went. `ids` holds the id at each position.
 */
export function listStale(
  route: Exclude<ShardRoute, { kind: "all" }>,
  places: Places,
  ids: readonly string[],
): Slice[] {
  const targets = route.kind === "slices" ? shardByPosition(route.slices) : undefined;
  const targetOf = (position: number): number =>
    route.kind === "one" ? route.shard : targets!.get(position)!;
  const lastTargets = new Map(ids.map((id, position) => [id, targetOf(position)]));
  return groupByShard(
    places.map((shards, position) =>
      [...new Set([...shards, targetOf(position)])].filter(
        (shard) => shard !== lastTargets.get(ids[position]!),
      ),
    ),
  );
}

function shardByPosition(slices: readonly Slice[]): ReadonlyMap<number, number> {
  return new Map(
    slices.flatMap(({ shard, positions }) =>
      positions.map((position): [number, number] => [position, shard]),
    ),
  );
}

function groupByShard(places: Places): Slice[] {
  const byShard = new Map<number, number[]>();
  places.forEach((shards, position) => {
    for (const shard of shards) {
      const positions = byShard.get(shard);
      if (positions === undefined) byShard.set(shard, [position]);
      else positions.push(position);
    }
  });
  return [...byShard]
    .map(([shard, positions]) => ({ shard, positions }))
    .toSorted((left, right) => left.shard - right.shard);
}
