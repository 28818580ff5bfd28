import type { OperationStatus } from "../../model/control/flow-state.ts";
import type { OperationEvent } from "../../model/supervisor.ts";
import { MAX_ENDED_OPERATIONS, MAX_OPERATION_STEPS } from "../../util/limits/processes.ts";

/** The operations that run, and the last ones that ended. */
export class OperationLog {
  readonly #now: () => Date;
  readonly #operations = new Map<number, OperationStatus>();

  /** `now` returns the time of a step. */
  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** The newest last. */
  get all(): readonly OperationStatus[] {
    return [...this.#operations.values()];
  }

  add({ id, kind, deployments, state, text }: OperationEvent): void {
    const at = this.#now().toISOString();
    const known = this.#operations.get(id);
    this.#operations.set(id, {
      id,
      kind,
      deployments,
      state,
      startedAt: known?.startedAt ?? at,
      endedAt: state === "running" ? null : at,
      steps: [...(known?.steps ?? []), text].slice(-MAX_OPERATION_STEPS),
    });
    const ended = this.all.filter(({ endedAt }) => endedAt !== null);
    for (const old of ended.slice(0, -MAX_ENDED_OPERATIONS)) this.#operations.delete(old.id);
  }
}
