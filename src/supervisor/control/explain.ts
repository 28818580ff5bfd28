import type { ReplicaProcess } from "../children/replica-process.ts";
import { judgeShard } from "../decide/shard-state.ts";
import { describeWithFailure } from "../describe/replica-text.ts";
import { explainCopy, explainHealth } from "../describe/shard-text.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { factsOf, type Shard } from "../shards/shard.ts";
import { findReplicas } from "./commands.ts";

/**
 * `jflow explain`: the state of the replicas within an address, its reason and what changes it.
 * Throws `NOT_FOUND`.
 */
export function explainReplicas(supervisor: FlowSupervisor, address: string): readonly string[] {
  const replicas = findReplicas(supervisor, address);
  const shards = new Set(replicas.flatMap(({ planned }) => supervisor.shards.of(planned) ?? []));
  const stateless = replicas.filter(({ planned }) => supervisor.shards.of(planned) === undefined);
  return [
    ...[...shards].flatMap((shard) => explainShard(shard, replicas)),
    ...stateless.map(
      (replica) =>
        `${replica.address}: ${describeWithFailure(replica.state, replica.failure)}; the executor keeps no state`,
    ),
  ];
}

function explainShard(shard: Shard, asked: readonly ReplicaProcess[]): readonly string[] {
  const facts = factsOf(shard);
  const why = explainHealth(facts);
  const copies = facts.copies.filter((copy) =>
    asked.some(({ address }) => address === copy.address),
  );
  return [
    `${shard.address}: ${judgeShard(facts)}${why === null ? "" : `: ${why}`}`,
    ...copies.flatMap((copy) => explainCopy(facts, copy)),
  ];
}
