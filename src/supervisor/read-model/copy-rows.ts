import type { ShardStatus } from "../../model/control/status.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { judgeCopy, type CopyFacts, type ShardFacts } from "../decide/shard-state.ts";
import { describeCause } from "../describe/shard-text.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { factsOf, type Shard } from "../shards/shard.ts";

/** Returns a row for each copy of the shards with state. */
export function describeCopies(supervisor: FlowSupervisor): readonly ShardStatus[] {
  return supervisor.shards.all.flatMap((shard) => {
    const facts = factsOf(shard);
    return shard.copies.map((replica, index) =>
      describeCopy(supervisor, shard, { replica, facts, copy: facts.copies[index]! }),
    );
  });
}

interface OneCopy {
  readonly replica: ReplicaProcess;
  readonly facts: ShardFacts;
  readonly copy: CopyFacts;
}

function describeCopy(
  supervisor: FlowSupervisor,
  shard: Shard,
  { replica, facts, copy }: OneCopy,
): ShardStatus {
  const { docs, copy: report } = replica.report;
  const { state, cause } = judgeCopy(facts.view, copy);
  return {
    address: replica.address,
    executor: shard.deployment,
    shard: shard.shard,
    replica: replica.planned.replica,
    role: supervisor.shards.roleOf(replica),
    state,
    reason: describeCause(copy, cause),
    docs,
    storeBytes: report?.storeBytes ?? null,
    disk: report?.disk ?? null,
    term: facts.view.term,
    localCheckpoint: report?.localCheckpoint ?? null,
    globalCheckpoint: report?.globalCheckpoint ?? null,
    inSync: copy.view.inSync,
    pid: replica.pid,
  };
}
