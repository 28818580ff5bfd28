import type { PlannedReplica } from "../../flow/flow.ts";
import type { RoleInShard } from "../decide/reconcile.ts";
import type { ShardView, Targets } from "../../replication/replication.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import { isServing } from "../decide/lifecycle/replica-state.ts";
import type { ShardFacts } from "../decide/shard-state.ts";
import type { ShardDriver } from "./shard-driver.ts";

/** A shard with state, and the replicas that hold its copies. */
export interface Shard {
  readonly deployment: string;
  readonly shard: number;
  /** `indexer/1`. */
  readonly address: string;
  readonly driver: ShardDriver;
  /** The planned copies, in the order of their numbers. */
  readonly copies: readonly ReplicaProcess[];
  /** The shard has data of an earlier run. */
  readonly hadData: boolean;
}

/** Returns the replicas of a shard. */
export function copiesOf(
  replicas: readonly ReplicaProcess[],
  deployment: string,
  shard: number,
): readonly ReplicaProcess[] {
  return replicas.filter(
    ({ planned }) =>
      planned.part === "worker" && planned.deployment === deployment && planned.shard === shard,
  );
}

/** Returns the replicas that are not planned, but hold the only in-sync copies of the shard. */
export function listNeeded({ address, driver, copies }: Shard): readonly PlannedReplica[] {
  // A port of the flow file belongs to a planned replica.
  const { port: _, ...planned } = copies[0]!.planned;
  return driver.view.needed.map((replica) => ({
    ...planned,
    address: `${address}/${replica}`,
    replica,
  }));
}

/** Returns the part of a replica in its shard. */
export function describeRole(
  { primary, copies, needed }: ShardView,
  { planned, processId }: ReplicaProcess,
): RoleInShard {
  const others = copies.filter(({ replica }) => replica !== planned.replica);
  return {
    isPrimary: primary !== null && primary.processId === processId,
    hasSuccessor: others.some(({ inSync, condition }) => inSync && condition === "live"),
    isOnly: others.length === 0,
    isNeeded: needed.includes(planned.replica),
  };
}

/** Returns the facts that decide the state of a shard. */
export function factsOf(shard: Shard): ShardFacts {
  const { view } = shard.driver;
  return {
    address: shard.address,
    view,
    problem: shard.driver.problem,
    copies: shard.copies.map((replica) => ({
      address: replica.address,
      view: view.copies[replica.planned.replica]!,
      state: replica.state,
      failure: replica.failure,
      docs: replica.report.docs,
      notices: noticesOf(replica),
    })),
  };
}

function noticesOf({ report: { hello } }: ReplicaProcess): readonly string[] {
  return hello?.kind === "worker" ? hello.notices : [];
}

/** `host:port` of each process of a shard that serves, by process id. */
export function targetsOf(copies: readonly ReplicaProcess[]): Targets {
  return Object.fromEntries(
    copies.flatMap((copy) =>
      isServing(copy.state) && copy.processId !== null && copy.target !== null
        ? [[copy.processId, copy.target]]
        : [],
    ),
  );
}
