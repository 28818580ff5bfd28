import type { ReplicaProcess } from "../children/replica-process.ts";

/** Returns why replicas failed, one line for each. `explainGateway` finds a better reason. */
export async function explainFailures(
  replicas: readonly Pick<ReplicaProcess, "address" | "planned" | "failure">[],
  explainGateway: (failure: string) => Promise<string>,
): Promise<string> {
  const reasons = replicas.map(async ({ address, planned, failure }) => {
    const reason = planned.part === "gateway" ? await explainGateway(failure) : failure;
    return `${address}: ${reason}`;
  });
  return (await Promise.all(reasons)).join("\n");
}
