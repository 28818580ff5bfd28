import type { HealthReport } from "../../model/control/status.ts";
import type { Health } from "../../model/replica.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { judgeReplicas, judgeShard, worstHealth } from "../decide/shard-state.ts";
import { describeState } from "../describe/replica-text.ts";
import { explainHealth } from "../describe/shard-text.ts";
import { helperName } from "../decide/planned-replica.ts";
import type { ExternalReplica } from "../external/external-replicas.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { factsOf } from "../shards/shard.ts";

/** `jflow health`: the health of every shard, deployment and the flow. The worst shard decides. */
export function describeHealth(supervisor: FlowSupervisor): HealthReport {
  const own = groupByShard(supervisor.replicas).map(([address, replicas]) =>
    withProblems(supervisor, judgeGroup(supervisor, address, replicas), replicas),
  );
  const shards = [...own, ...judgeExternal(supervisor.external.all)];
  const names = [...new Set(shards.map(({ address }) => nameOf(address)))];
  const healthOf = (name: string): Health =>
    worstHealth(
      shards.filter(({ address }) => nameOf(address) === name).map(({ status }) => status),
    );
  return {
    status: worstHealth(shards.map(({ status }) => status)),
    deployments: Object.fromEntries(names.map((name) => [name, healthOf(name)])),
    shards,
  };
}

type ShardHealth = HealthReport["shards"][number];

function judgeGroup(
  supervisor: FlowSupervisor,
  address: string,
  replicas: readonly ReplicaProcess[],
): ShardHealth {
  const shard = supervisor.shards.of(replicas[0]!.planned);
  if (shard !== undefined) {
    const facts = factsOf(shard);
    return { address, status: judgeShard(facts), reason: explainHealth(facts) };
  }
  const status = judgeReplicas(replicas.map(({ state }) => state));
  const absent = replicas.filter(({ state }) => state.name !== "ready");
  const reasons = absent.map((replica) => `${replica.address} ${describeState(replica.state)}`);
  return { address, status, reason: reasons.length === 0 ? null : reasons.join("; ") };
}

/** A process that lacks something makes a green shard yellow. */
function withProblems(
  supervisor: FlowSupervisor,
  health: ShardHealth,
  replicas: readonly ReplicaProcess[],
): ShardHealth {
  const problems = replicas.flatMap(({ address }) => {
    const problem = supervisor.openFiles.problemOf(address);
    return problem === null ? [] : [`${address}: ${problem}`];
  });
  if (problems.length === 0) return health;
  const reasons = health.reason === null ? problems : [health.reason, ...problems];
  return {
    ...health,
    status: worstHealth([health.status, "yellow"]),
    reason: reasons.join("; "),
  };
}

/** An external replica that was not checked yet counts as available. */
function judgeExternal(replicas: readonly ExternalReplica[]): readonly ShardHealth[] {
  const names = [...new Set(replicas.map(({ deployment }) => deployment))];
  return names.map((name) => {
    const all = replicas.filter(({ deployment }) => deployment === name);
    const lost = all.filter(({ state }) => state === "unhealthy");
    const reasons = lost.map(
      ({ address, target }) => `${address}: the external executor at ${target} does not answer`,
    );
    const status = lost.length === 0 ? "green" : lost.length === all.length ? "red" : "yellow";
    return {
      address: `${name}/0`,
      status,
      reason: reasons.length === 0 ? null : reasons.join("; "),
    };
  });
}

function groupByShard(
  replicas: readonly ReplicaProcess[],
): readonly (readonly [string, readonly ReplicaProcess[]])[] {
  const groups = new Map<string, ReplicaProcess[]>();
  for (const replica of replicas) {
    const address = `${helperName(replica.planned)}/${replica.planned.shard}`;
    groups.set(address, [...(groups.get(address) ?? []), replica]);
  }
  return [...groups];
}

function nameOf(address: string): string {
  return address.slice(0, address.indexOf("/"));
}
