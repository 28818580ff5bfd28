import type { ReplicaProcess } from "../children/replica-process.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

interface Recovery {
  readonly deployment: string;
  readonly ms: number;
}

/** How long the processes that run took from their start until they were ready. */
export class RecoveryTimes {
  readonly #supervisor: FlowSupervisor;
  readonly #byProcess = new Map<string, Recovery>();

  constructor(supervisor: FlowSupervisor) {
    this.#supervisor = supervisor;
    supervisor.changes.subscribe(() => this.#measure());
  }

  /** Returns the longest time of a deployment in milliseconds; 0 if none is known. */
  longest(deployment: string): number {
    const own = [...this.#byProcess.values()].filter((each) => each.deployment === deployment);
    return Math.max(0, ...own.map(({ ms }) => ms));
  }

  #measure(): void {
    const now = this.#supervisor.clock.now();
    const running = new Set(this.#supervisor.replicas.map(({ processId }) => processId));
    for (const processId of this.#byProcess.keys())
      if (!running.has(processId)) this.#byProcess.delete(processId);
    for (const replica of this.#supervisor.replicas) this.#add(replica, now);
  }

  #add({ state, planned }: ReplicaProcess, now: number): void {
    if (state.name !== "ready" || this.#byProcess.has(state.processId)) return;
    this.#byProcess.set(state.processId, {
      deployment: planned.deployment,
      ms: now - state.startedAt,
    });
  }
}
