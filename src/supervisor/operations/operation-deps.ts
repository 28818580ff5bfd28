import type { Planner } from "../assemble/planner.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

/** The collaborators of an operation. */
export interface OperationDeps {
  readonly supervisor: FlowSupervisor;
  /** The planner of the flow as it runs. */
  planner(): Planner;
  /** Later plans take the executor of a deployment or helper from this planner. */
  adopt(planner: Planner, name: string): Promise<void>;
  /**
   * Takes another flow file. Its executors are adopted one by one; those of these deployments or
   * helpers are adopted now.
   */
  take(planner: Planner, names: readonly string[]): Promise<void>;
  /** Resolves when the plan in effect is on disk. */
  savePlan(): Promise<void>;
}
