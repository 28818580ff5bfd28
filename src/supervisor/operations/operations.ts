import type { OperationKind } from "../../model/supervisor.ts";
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
  readonly ended: Promise<void>;
}

/**
 * The long changes of a running flow: at most one for each deployment at a time. An update replaces
 * the whole plan, so no other operation that changes the plan runs next to it.
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
        `operation ${other.id} (${other.kind}) still changes ${other.deployments.join(", ")}: run the command again when it has ended`,
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
    const ended = this.#run(id, options, async (step) => carryOut(step, abort.signal));
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

  /** Ends the waits of an operation: it fails with this reason. */
  cancel(id: number, reason: string): void {
    this.#running.get(id)?.abort.abort(reason);
    this.#supervisor.changes.emit();
  }

  /** Resolves when the operations that run now have ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].map(async ({ ended }) => ended));
  }

  async #run(
    id: number,
    { kind, deployments }: OperationOptions,
    carryOut: (step: ReportStep) => Promise<string>,
  ): Promise<void> {
    // After `begin` has recorded the operation.
    await Promise.resolve();
    const report = (state: "running" | "done" | "failed", text: string): void =>
      this.#supervisor.reporter.operation({
        type: "operation",
        id,
        kind,
        deployments,
        state,
        text,
      });
    try {
      const last = await carryOut((text) => report("running", text));
      this.#running.delete(id);
      report("done", last);
    } catch (error) {
      this.#running.delete(id);
      report("failed", messageOf(error));
    }
  }
}

function excludesOther(kind: OperationKind, other: OperationKind): boolean {
  return kind === "update" && other !== "backup" && other !== "export";
}
