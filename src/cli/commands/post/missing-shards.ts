/** Returns a warning for each shard whose part is missing in the answer. */
export function describeMissingShards(
  parameters: Readonly<Record<string, unknown>>,
): readonly string[] {
  const shards = parameters["_shards"];
  if (
    typeof shards !== "object" ||
    shards === null ||
    !("failures" in shards) ||
    !Array.isArray(shards.failures)
  )
    return [];
  return (shards.failures as readonly { shard?: unknown; reason?: unknown }[]).map(
    ({ shard, reason }) =>
      `warning: the results of shard ${String(shard)} are missing: ${String(reason)}`,
  );
}
