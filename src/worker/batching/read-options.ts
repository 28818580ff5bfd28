import type { ReplicaSpec } from "../../model/replica.ts";
import type { DescribedExecutor } from "../executor/describe-executor.ts";
import type { BatchingOptions } from "./batching-options.ts";

/**
 * Reads options as `readBatching` does. Their checks are loaded only for a worker that has some.
 */
export async function readOptions(
  given: ReplicaSpec["dynamicBatching"],
  { bindings, hello }: DescribedExecutor,
): Promise<ReadonlyMap<string, BatchingOptions>> {
  if (given === undefined) return new Map();
  const { readBatching } = await import("./batching-options.ts");
  return readBatching(given, bindings, hello.stateful);
}
