import type { FlowChanges } from "../operations/flow-changes.ts";
import { replaceReplica } from "../operations/restart.ts";
import { autoscaleFlow } from "../operations/scale.ts";

/** The changes of a running flow that no user asks for. Each begins an operation. */
export class AutomaticChanges {
  readonly #changes: FlowChanges;

  constructor(changes: FlowChanges) {
    this.#changes = changes;
  }

  /** Returns whether an operation on a deployment may begin now. */
  isFree(deployment: string): boolean {
    return this.#changes.operations.isFree({ kind: "restart", deployments: [deployment] });
  }

  /**
   * Sets the number of replicas that the load asks for. `failed` is called if a new replica is not
   * ready. Throws as `Operations.begin` does.
   */
  autoscale(
    deployment: string,
    replicas: number,
    { reason, failed }: { readonly reason: string; failed(this: void): void },
  ): void {
    const { operations, deps } = this.#changes;
    const options = { kind: "autoscale", deployments: [deployment] } as const;
    operations.begin(options, async (step, signal) => {
      try {
        return await autoscaleFlow(deps, { [deployment]: replicas }, { step, reason, signal });
      } catch (error) {
        failed();
        throw error;
      }
    });
  }

  /**
   * Replaces a replica that is above its `memory_limit`, by the executor as it was loaded. Throws
   * as `Operations.begin` does.
   */
  replace(deployment: string, address: string, reason: string): void {
    const { operations, deps } = this.#changes;
    operations.begin({ kind: "restart", deployments: [deployment] }, async (step, signal) =>
      replaceReplica(deps, address, { reason, step, signal }),
    );
  }
}
