import { isDeepStrictEqual } from "node:util";
import type { FlowEvent } from "../../model/control/messages.ts";
import type { HealthReport } from "../../model/control/status.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { describeHealth } from "../read-model/health.ts";

/** Sends the health of the flow after each change to the watchers that asked for it. */
export class HealthWatch {
  readonly #supervisor: FlowSupervisor;
  #last: HealthReport | undefined;

  constructor(supervisor: FlowSupervisor) {
    this.#supervisor = supervisor;
    supervisor.changes.subscribe(() => this.#publish());
  }

  /** The current health, for a new watcher. */
  event(): FlowEvent {
    return { type: "health", health: describeHealth(this.#supervisor) };
  }

  #publish(): void {
    const { watchers } = this.#supervisor.reporter;
    if (!watchers.wants("health")) {
      this.#last = undefined;
      return;
    }
    const health = describeHealth(this.#supervisor);
    if (isDeepStrictEqual(health, this.#last)) return;
    this.#last = health;
    watchers.send({ type: "health", health });
  }
}
