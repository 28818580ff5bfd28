import type { Planner } from "../assemble/planner.ts";
import type { FileChanges } from "../changes/file-changes.ts";
import type { PlanFile } from "../disk/plan-file.ts";
import type { ReplicaCounts } from "../plan/change-plan.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { OperationDeps } from "./operation-deps.ts";
import { Operations } from "./operations.ts";
import { reloadExecutors, restartReplicas, type RestartOptions } from "./restart.ts";
import { checkCounts, scaleFlow } from "./scale.ts";

/** The changes of a running flow that users ask for. Each begins an operation and returns its id. */
export class FlowChanges {
  readonly #supervisor: FlowSupervisor;
  readonly #planFile: PlanFile;
  readonly #fileChanges: FileChanges;
  readonly #operations: Operations;
  #planner: Planner;

  constructor(
    supervisor: FlowSupervisor,
    planner: Planner,
    files: { readonly planFile: PlanFile; readonly fileChanges: FileChanges },
  ) {
    this.#supervisor = supervisor;
    this.#planner = planner;
    this.#planFile = files.planFile;
    this.#fileChanges = files.fileChanges;
    this.#operations = new Operations(supervisor);
  }

  /** Throws as `checkCounts` and `Operations.begin` do. */
  scale(counts: ReplicaCounts, timeoutMs: number | undefined): number {
    checkCounts(this.#supervisor.flow, counts);
    const deployments = Object.keys(counts);
    return this.#operations.begin({ kind: "scale", deployments }, async (step) =>
      scaleFlow(this.#deps, counts, { step, timeoutMs }),
    );
  }

  /**
   * Loads the executors from their files first. Throws as `reloadExecutors` and `Operations.begin`
   * do.
   */
  async restart(options: RestartOptions): Promise<number> {
    const { addresses } = options;
    const deployments = deploymentsOf(this.#supervisor, addresses);
    this.#operations.check({ deployments });
    const reloaded = await reloadExecutors(this.#planner);
    return this.#operations.begin({ kind: "restart", deployments }, async (step) =>
      restartReplicas(this.#deps, options, { reloaded, step }),
    );
  }

  get #deps(): OperationDeps {
    return {
      supervisor: this.#supervisor,
      planner: () => this.#planner,
      adopt: async (planner, name) => {
        this.#planner = this.#planner.withModulesOf(planner, name);
        await this.#fileChanges.recordAgain(name, planner.assembly.modules);
      },
      savePlan: async () => this.#savePlan(),
    };
  }

  /** Saves the numbers of replicas that differ from the flow file. */
  async #savePlan(): Promise<void> {
    const inFile = new Map(
      this.#planner.assembly.flow.deployments.map(({ name, replicas }) => [name, replicas]),
    );
    const differing = this.#supervisor.flow.deployments.filter(
      ({ name, replicas }) => replicas !== inFile.get(name),
    );
    await this.#planFile.write(
      Object.fromEntries(differing.map(({ name, replicas }) => [name, replicas])),
    );
  }
}

function deploymentsOf({ plan }: FlowSupervisor, addresses: readonly string[]): readonly string[] {
  const changed = plan.entries.filter(({ planned }) => addresses.includes(planned.address));
  return [...new Set(changed.map(({ planned }) => planned.deployment))];
}
