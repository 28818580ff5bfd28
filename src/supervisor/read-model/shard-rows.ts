import { parseAddress } from "../../model/address.ts";
import type { HealthReport, ShardStatus } from "../../model/control/status.ts";
import type { ShardSummary } from "../../model/control/flow-state.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

/** Returns a row for each shard, also of deployments without state. */
export function describeShards(
  { shards }: FlowSupervisor,
  { shards: judged }: HealthReport,
  copies: readonly ShardStatus[],
): readonly ShardSummary[] {
  return judged.map((health) => {
    const { deployment, shard = 0 } = parseAddress(health.address);
    const view = shards.all.find(({ address }) => address === health.address)?.driver.view;
    const own = copies.filter((copy) => copy.executor === deployment && copy.shard === shard);
    return {
      ...health,
      executor: deployment,
      shard,
      primary: own.find(({ role }) => role === "primary")?.address ?? null,
      term: view?.term ?? null,
      docs: countDocs(own),
    };
  });
}

function countDocs(copies: readonly ShardStatus[]): number | null {
  const primary = copies.find(({ role }) => role === "primary");
  if (primary?.docs !== undefined && primary.docs !== null) return primary.docs;
  const known = copies.flatMap(({ docs }) => docs ?? []);
  return known.length === 0 ? null : Math.max(...known);
}
