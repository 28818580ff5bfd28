import { performance } from "node:perf_hooks";
import type { ReplicaProcess } from "../children/replica-process.ts";
import {
  reconcile,
  type FlowPhase,
  type PlannedState,
  type ReplicaAction,
  type RunningState,
} from "../decide/reconcile.ts";

export interface ReconcileDeps {
  /** The replicas by address, in the order of the plan. */
  readonly replicas: ReadonlyMap<string, ReplicaProcess>;
  phase(): FlowPhase;
  /** Returns whether the replica is a copy of a shard that has no primary now. */
  isLeaderless(replica: ReplicaProcess): boolean;
  /** The actions of this round have begun. */
  reconciled(): void;
}

/** Makes the running replicas equal to the plan, after every change and after every wait. */
export class ReconcileLoop {
  readonly #deps: ReconcileDeps;
  #isScheduled = false;
  #wake: NodeJS.Timeout | undefined;

  constructor(deps: ReconcileDeps) {
    this.#deps = deps;
  }

  /** Reconciles once, after the current events. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#reconcile();
    });
  }

  stop(): void {
    clearTimeout(this.#wake);
  }

  #reconcile(): void {
    const plan = [...this.#deps.replicas.values()].map(asPlanned);
    const { actions, wakeAt } = reconcile(plan, this.#running(), {
      phase: this.#deps.phase(),
      now: performance.now(),
    });
    for (const action of actions) this.#act(action);
    clearTimeout(this.#wake);
    if (wakeAt !== null)
      this.#wake = setTimeout(() => this.schedule(), Math.max(1, wakeAt - performance.now()));
    this.#deps.reconciled();
  }

  #running(): ReadonlyMap<string, RunningState> {
    return new Map(
      [...this.#deps.replicas].map(([address, replica]) => [
        address,
        { state: replica.state, leaderless: this.#deps.isLeaderless(replica) },
      ]),
    );
  }

  #act(action: ReplicaAction): void {
    const replica = this.#deps.replicas.get(action.address)!;
    if (action.type === "start") replica.start();
    else if (action.type === "drain") replica.drain(action.deadline);
    else if (action.type === "kill") replica.kill(action.reason, action.final);
    else replica.wished({ type: "settled" });
  }
}

function asPlanned({ address, planned, launch }: ReplicaProcess): PlannedState {
  const { timeoutReadyMs } = launch;
  return { address, deployment: planned.deployment, timeoutReadyMs };
}
