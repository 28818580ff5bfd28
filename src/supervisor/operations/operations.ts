import type { OperationKind, OperationState } from "../../model/supervisor.ts";
import { messageOf } from "../../util/error-code.ts";
import { JflowError } from "../../util/errors.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

/** An operation that begins. */
export interface OperationOptions {
  readonly kind: OperationKind;
  /** The deployments that it changes. */
  readonly deployments: readonly string[];
}

/** Reports a step of an operation. */
export type ReportStep = (text: string) => void;

/** Carries out an operation and resolves with its last line. */
type CarryOut = (step: ReportStep, signal: AbortSignal) => Promise<string>;

interface RunningOperation extends OperationOptions {
  readonly id: number;
  readonly abort: AbortController;
  /** Resolves with a line about its end. */
  readonly ended: Promise<string>;
}

/**
 * The long changes of a running flow: at most one for each deployment at a time. An update replaces
 * the whole plan, so no other operation that changes the plan runs at the same time.
 */
export class Operations {
  readonly #supervisor: FlowSupervisor;
  readonly #running = new Map<number, RunningOperation>();
  #lastId = 0;

  constructor(supervisor: FlowSupervisor) {
    this.#supervisor = supervisor;
  }

  /**
   * Throws `FAILED_PRECONDITION` if the flow starts or stops, or if another operation changes one
   * of the deployments. An update and another change exclude each other.
   */
  check(options: OperationOptions): void {
    const { state } = this.#supervisor;
    if (state !== "ready")
      throw new JflowError(
        "FAILED_PRECONDITION",
        `the flow is ${state}: ${state === "starting" ? "wait until it is ready (jflow health --wait green)" : "start it again with jflow up"}`,
      );
    const other = this.#findOther(options);
    if (other !== undefined)
      throw new JflowError(
        "FAILED_PRECONDITION",
        `operation ${other.id} (${other.kind}) still changes ${other.deployments.join(", ")}: wait until it has ended, or run jflow cancel ${other.id}`,
      );
  }

  /** Returns whether `check` passes. */
  isFree(options: OperationOptions): boolean {
    return this.#supervisor.state === "ready" && this.#findOther(options) === undefined;
  }

  #findOther({ kind, deployments }: OperationOptions): RunningOperation | undefined {
    return [...this.#running.values()].find(
      (other) =>
        excludesOther(kind, other.kind) ||
        excludesOther(other.kind, kind) ||
        other.deployments.some((name) => deployments.includes(name)),
    );
  }

  /**
   * Begins an operation and returns its id. `carryOut` has to throw soon after `cancel`. Throws as
   * `check` does.
   */
  begin(options: OperationOptions, carryOut: CarryOut): number {
    this.check(options);
    this.#lastId += 1;
    const id = this.#lastId;
    const abort = new AbortController();
    const ended = this.#run(id, options, { abort, carryOut });
    this.#running.set(id, { ...options, id, abort, ended });
    return id;
  }

  get areRunning(): boolean {
    return this.#running.size > 0;
  }

  /** Returns whether the operation runs. */
  isRunning(id: number): boolean {
    return this.#running.has(id);
  }

  /** Ends the waits of an operation: it is cancelled with this reason. */
  cancel(id: number, reason: string): void {
    this.#running.get(id)?.abort.abort(reason);
    this.#supervisor.changes.emit();
  }

  /**
   * Cancels an operation, or the only one that runs. Resolves with its end: the operation may be
   * done before the cancellation takes effect. Throws `NOT_FOUND`, `FAILED_PRECONDITION` if none
   * runs or it copies data, `INVALID_ARGUMENT` if several run.
   */
  async cancelByUser(id: number | undefined): Promise<string> {
    const chosen = this.#choose(id);
    if (!changesPlan(chosen.kind))
      throw new JflowError(
        "FAILED_PRECONDITION",
        `operation ${chosen.id} (${chosen.kind}) cannot be cancelled: wait until it has ended`,
      );
    this.cancel(chosen.id, "cancelled by jflow cancel");
    return chosen.ended;
  }

  #choose(id: number | undefined): RunningOperation {
    const running = [...this.#running.values()];
    const [chosen, ...others] = running.filter((each) => id === undefined || each.id === id);
    const names = running.map(
      (each) => `${each.id} (${each.kind} of ${each.deployments.join(", ")})`,
    );
    if (running.length === 0)
      throw new JflowError(
        "FAILED_PRECONDITION",
        "no operation runs: jflow events shows the last ones",
      );
    if (chosen === undefined)
      throw new JflowError("NOT_FOUND", `no operation ${id} runs, only ${names.join(" and ")}`);
    if (others.length > 0)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `operations ${names.join(" and ")} run: name one, such as jflow cancel ${chosen.id}`,
      );
    return chosen;
  }

  /** Resolves when the operations that run now have ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].map(async ({ ended }) => ended));
  }

  async #run(
    id: number,
    { kind, deployments }: OperationOptions,
    { abort: { signal }, carryOut }: { abort: AbortController; carryOut: CarryOut },
  ): Promise<string> {
    // After `begin` has recorded the operation.
    await Promise.resolve();
    const report = (state: OperationState, text: string): string => {
      const event = { type: "operation", id, kind, deployments, state, text } as const;
      this.#supervisor.reporter.operation(event);
      const how = state === "cancelled" ? text : `is ${state}: ${text}`;
      return `operation ${id} (${kind}) ${how}`;
    };
    try {
      const last = await carryOut((text) => void report("running", text), signal);
      this.#running.delete(id);
      return report("done", last);
    } catch (error) {
      this.#running.delete(id);
      return report(isCancelled(error, signal) ? "cancelled" : "failed", messageOf(error));
    }
  }
}

function excludesOther(kind: OperationKind, other: OperationKind): boolean {
  return kind === "update" && changesPlan(other);
}

function changesPlan(kind: OperationKind): boolean {
  return kind !== "backup" && kind !== "export";
}

function isCancelled(error: unknown, { aborted }: AbortSignal): boolean {
  return aborted && error instanceof JflowError && error.code === "CANCELLED";
}
