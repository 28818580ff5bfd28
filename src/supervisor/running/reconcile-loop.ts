import type { AwakeClock } from "../../util/awake-clock.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import {
  reconcile,
  type FlowPhase,
  type PlannedState,
  type ReplicaAction,
  type RunningState,
} from "../decide/reconcile.ts";
import { versionOf, type FlowPlan, type PlanEntry } from "../plan/flow-plan.ts";
import { describeRole } from "../shards/shard.ts";
import type { Shards } from "../shards/shards.ts";
import type { RunningReplicas } from "./running-replicas.ts";

export interface ReconcileDeps {
  readonly replicas: RunningReplicas;
  /** The plan in effect. */
  plan(): FlowPlan;
  phase(): FlowPhase;
  shards(): Shards;
  /** Resolves when the gateway knows the states of the replicas as they are now. */
  published(): Promise<void>;
  /** The actions of this round have begun. */
  reconciled(): void;
}

/** Makes the running replicas equal to the plan, after every change and after every wait. */
export class ReconcileLoop {
  readonly #clock: AwakeClock;
  readonly #deps: ReconcileDeps;
  #isScheduled = false;
  #wake: NodeJS.Timeout | undefined;

  constructor(clock: AwakeClock, deps: ReconcileDeps) {
    this.#clock = clock;
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
    const plan = this.#deps.plan().entries.map(asPlanned);
    const { actions, wakeAt } = reconcile(plan, this.#running(), {
      phase: this.#deps.phase(),
      now: this.#clock.now(),
    });
    for (const action of actions) this.#act(action);
    clearTimeout(this.#wake);
    if (wakeAt !== null)
      this.#wake = setTimeout(() => this.schedule(), Math.max(1, wakeAt - this.#clock.now()));
    this.#deps.reconciled();
  }

  #running(): ReadonlyMap<string, RunningState> {
    const { replicas } = this.#deps;
    return new Map(replicas.all.map((replica) => [replica.address, this.#stateOf(replica)]));
  }

  #stateOf(replica: ReplicaProcess): RunningState {
    const shards = this.#deps.shards();
    const view = shards.viewOf(replica.planned);
    return {
      isGateway: replica.planned.part === "gateway",
      state: replica.state,
      drainTimeoutMs: replica.launch.drainTimeoutMs,
      lastVersion: replica.version,
      leaderless: shards.isLeaderless(replica),
      ...(view === undefined ? {} : { copy: describeRole(view, replica) }),
    };
  }

  #act(action: ReplicaAction): void {
    const { replicas } = this.#deps;
    const replica = replicas.byAddress.get(action.address)!;
    switch (action.type) {
      case "start":
        return replica.start();
      case "drain":
        return replica.drain(action.deadline);
      case "replace":
        return replica.leave("replaceRequested", action.deadline, async () =>
          this.#deps.published(),
        );
      case "handOver":
        return replica.handOver();
      case "remove":
        return replica.leave("removeRequested", action.deadline, async () =>
          this.#deps.published(),
        );
      case "forget":
        replicas.forget(action.address);
        return this.schedule();
      case "kill":
        return replica.kill(action.reason, action.final);
      case "settle":
        return replica.wished({ type: "settled" });
    }
  }
}

function asPlanned(entry: PlanEntry): PlannedState {
  const { planned, launch, atOnce = false } = entry;
  return {
    address: planned.address,
    isGateway: planned.part === "gateway",
    timeoutReadyMs: launch.timeoutReadyMs,
    version: versionOf(entry),
    atOnce,
  };
}
