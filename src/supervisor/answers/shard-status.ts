import type { HealthReport, ShardStatus } from "../../model/control.ts";
import type { Health } from "../../model/replica.ts";
import { describeState } from "../decide/replica-state.ts";
import { findReplicas } from "./commands.ts";
import type { FlowSupervisor } from "../flow-supervisor.ts";
import type { Shard } from "../shards.ts";

const WORST: readonly Health[] = ["red", "yellow", "green"];

/** `jflow shards`. */
export function describeShards(supervisor: FlowSupervisor): readonly ShardStatus[] {
  return supervisor.shards.all.flatMap((shard) =>
    shard.copies.map((replica): ShardStatus => {
      const { view } = shard.driver;
      const copy = view.copies.find((each) => each.replica === replica.planned.replica);
      return {
        address: replica.address,
        executor: shard.deployment,
        shard: shard.shard,
        replica: replica.planned.replica,
        role: supervisor.shards.roleOf(replica),
        state: "UNASSIGNED",
        reason: null,
        docs: replica.docs,
        storeBytes: replica.copy?.storeBytes ?? null,
        term: view.term,
        localCheckpoint: replica.copy?.localCheckpoint ?? null,
        globalCheckpoint: replica.copy?.globalCheckpoint ?? null,
        inSync: copy?.inSync ?? false,
        pid: replica.pid,
      };
    }),
  );
}

export function describeHealth(supervisor: FlowSupervisor): HealthReport {
  const shards = supervisor.shards.all.map((shard) => ({
    address: shard.address,
    status: shardHealth(shard),
    reason: null,
  }));
  const status = WORST.find((health) => shards.some((shard) => shard.status === health)) ?? "green";
  return { status, deployments: {}, shards };
}

function shardHealth(shard: Shard): Health {
  return shard.driver.view.primary === null ? "red" : "green";
}

export function explainReplicas(supervisor: FlowSupervisor, address: string): readonly string[] {
  return findReplicas(supervisor, address).map((replica) => `${replica.address}: ${describeState(replica.life.state)}`);
}
