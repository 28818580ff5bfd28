import { helperName } from "../decide/planned-replica.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import type { FlowPlan, PlanEntry } from "../plan/flow-plan.ts";

/** The replicas that run, by address: those of the plan, and those that are being removed. */
export class RunningReplicas {
  readonly #make: (entry: PlanEntry) => ReplicaProcess;
  readonly #byAddress = new Map<string, ReplicaProcess>();
  #inOrder: readonly ReplicaProcess[] = [];
  #plan: FlowPlan;

  constructor(plan: FlowPlan, make: (entry: PlanEntry) => ReplicaProcess) {
    this.#make = make;
    this.#plan = plan;
    this.follow(plan);
  }

  /** In the order of the plan, the gateway last. */
  get all(): readonly ReplicaProcess[] {
    return this.#inOrder;
  }

  get byAddress(): ReadonlyMap<string, ReplicaProcess> {
    return this.#byAddress;
  }

  /** Adds the replicas that a plan adds, and passes the entries of the others on. */
  follow(plan: FlowPlan): void {
    this.#plan = plan;
    for (const entry of plan.entries) {
      const known = this.#byAddress.get(entry.planned.address);
      if (known === undefined) this.#byAddress.set(entry.planned.address, this.#make(entry));
      else known.follow(entry);
    }
    this.#sort();
  }

  /** Adds replicas that are not planned. */
  add(entries: readonly PlanEntry[]): void {
    for (const entry of entries) this.#byAddress.set(entry.planned.address, this.#make(entry));
    this.#sort();
  }

  forget(address: string): void {
    this.#byAddress.delete(address);
    this.#sort();
  }

  #sort(): void {
    const names = [...new Set(this.#plan.entries.map(({ planned }) => helperName(planned)))];
    const rank = ({ planned }: ReplicaProcess): number => names.indexOf(helperName(planned));
    this.#inOrder = [...this.#byAddress.values()].toSorted(
      (left, right) =>
        rank(left) - rank(right) ||
        left.planned.shard - right.planned.shard ||
        left.planned.replica - right.planned.replica,
    );
  }
}
