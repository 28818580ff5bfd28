import type { Assembly } from "../assemble/assemble.ts";
import type { Planner } from "../assemble/planner.ts";
import type { FileChanges } from "../changes/file-changes.ts";
import { planReplicas, type Flow } from "../../flow/flow.ts";
import type { FlowVariables, PlanChange } from "../../model/supervisor.ts";
import { loadModules, type LoadedModule } from "../compile/load-modules.ts";
import { loadFlow } from "../disk/load-flow.ts";
import type { PlanFile } from "../disk/plan-file.ts";
import { checkShardCounts, type StateFile } from "../disk/state-file.ts";
import { checkPlanChange, listPlanChanges } from "../plan/plan-changes.ts";
import { updateFlow } from "./update.ts";
import { claimWorkspaces } from "../disk/claim-workspaces.ts";
import { deploymentFolder } from "../decide/child-specs.ts";
import { helperName } from "../decide/planned-replica.ts";
import type { FlowPlan, PlanEntry } from "../plan/flow-plan.ts";
import { autoscaledCounts, countsOf, keptCounts, type ReplicaCounts } from "../plan/change-plan.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { OperationDeps } from "./operation-deps.ts";
import { Operations } from "./operations.ts";
import { reloadExecutors, restartReplicas, type RestartOptions } from "./restart.ts";
import { checkCounts, scaleFlow } from "./scale.ts";

/** The files that a change of a running flow concerns. */
export interface FlowChangesDeps {
  readonly stateFile: StateFile;
  readonly planFile: PlanFile;
  readonly fileChanges: FileChanges;
}

export interface UpdateRequest {
  /** The variables of the flow file. Default: those of the last update. */
  readonly from?: FlowVariables;
  /** Only returns the changes. */
  readonly dryRun: boolean;
  readonly timeoutMs?: number | undefined;
  /** Keeps the numbers of `jflow scale` where the number in the file did not change. */
  readonly keepsCounts?: boolean;
  /** Receives each path that the update reads or looks for. */
  readonly looked?: (path: string) => void;
  /** Receives the changes before the operation begins. */
  readonly compared?: (plan: readonly PlanChange[]) => void;
}

/** The changes of a flow file. */
export interface Update {
  readonly plan: readonly PlanChange[];
  /** The plan of the file. */
  readonly next: FlowPlan;
  /** The executors of the file, by address. */
  readonly modules: ReadonlyMap<string, LoadedModule>;
  /** The operation that takes the changes; null without one. */
  readonly operation: number | null;
}

/**
 * The changes of a running flow that users ask for. Each begins an operation and returns its id.
 */
export class FlowChanges {
  readonly #supervisor: FlowSupervisor;
  readonly #files: FlowChangesDeps;
  readonly #operations: Operations;
  /** The folders of the deployments that ran under this supervisor. */
  readonly #claimed: Set<string>;
  #planner: Planner;

  constructor(supervisor: FlowSupervisor, planner: Planner, files: FlowChangesDeps) {
    this.#supervisor = supervisor;
    this.#planner = planner;
    this.#files = files;
    this.#claimed = new Set(foldersOf(supervisor.flow, planner));
    this.#operations = new Operations(supervisor);
  }

  /** The flow and the modules that the processes are made from. */
  get assembly(): Assembly {
    return this.#planner.assembly;
  }

  /** The flow file as the flow took it last. */
  get taken(): Flow {
    return this.#planner.assembly.flow;
  }

  /** Throws as `checkCounts` and `Operations.begin` do. */
  scale(counts: ReplicaCounts, timeoutMs: number | undefined): number {
    checkCounts(this.#supervisor.flow, counts);
    const deployments = Object.keys(counts);
    return this.#operations.begin({ kind: "scale", deployments }, async (step, signal) =>
      scaleFlow(this.deps, counts, { step, timeoutMs, signal }),
    );
  }

  /**
   * Loads the executors from their files first. Throws as `reloadExecutors` and `Operations.begin`
   * do.
   */
  async restart(options: RestartOptions): Promise<number> {
    const { addresses } = options;
    const deployments = deploymentsOf(this.#supervisor, addresses);
    this.#operations.check({ kind: "restart", deployments });
    const reloaded = await reloadExecutors(this.#planner);
    return this.#operations.begin({ kind: "restart", deployments }, async (step, signal) =>
      restartReplicas(this.deps, { ...options, signal }, { reloaded, step }),
    );
  }

  /**
   * Compares the flow file with what runs, and begins to take the changes. Throws the errors of the
   * file and of its executors, and as `checkPlanChange` and `Operations.begin` do.
   */
  async update(options: UpdateRequest): Promise<Update> {
    const { from = this.#files.fileChanges.variables, dryRun, timeoutMs } = options;
    const { flow, plan } = this.#supervisor;
    const planner = await this.#load(
      await loadFlow({ ...from, file: flow.file }, options.looked),
      options.looked,
    );
    const counts = options.keepsCounts
      ? keptCounts({ running: flow, taken: this.taken }, planner.assembly.flow)
      : {};
    const automatic = autoscaledCounts(flow, planner.assembly.flow);
    const next = await this.#continue(planner.plan({ ...counts, ...automatic }));
    checkPlanChange(flow, next.flow);
    checkShardCounts(this.#files.stateFile, next.flow.deployments);
    const changes = listPlanChanges(plan, next);
    const update = { plan: changes, next, modules: planner.assembly.modules, operation: null };
    if (dryRun) return update;
    const deployments = [...new Set(changes.map(({ part }) => part.split("/", 1)[0]!))];
    const begun = { kind: "update", deployments } as const;
    await this.#claim(next.flow);
    if (changes.length > 0) this.#operations.check(begun);
    // Another operation began and ended while the files were read.
    if (this.#supervisor.plan !== plan) return this.update(options);
    this.#files.fileChanges.takeVariables(from);
    options.compared?.(changes);
    if (changes.length === 0) {
      await this.deps.take(planner, namesIn(next));
      await this.#savePlan();
      return update;
    }
    const operation = this.#operations.begin(begun, async (step, signal) =>
      updateFlow(this.deps, { planner, next, timeoutMs, signal }, step),
    );
    return { ...update, operation };
  }

  get operations(): Operations {
    return this.#operations;
  }

  /**
   * Gives replicas that stay their generation, and a new one if their Python files have changed.
   */
  async #continue(next: FlowPlan): Promise<FlowPlan> {
    const { plan, replicas } = this.#supervisor;
    const parts = replicas.map(({ planned, startedAt }) => ({
      name: helperName(planned),
      startedAt,
    }));
    const older = await this.#files.fileChanges.listOlderPython(parts);
    const known = new Map(plan.entries.map((entry) => [entry.planned.address, entry.generation]));
    const generationOf = ({ planned }: PlanEntry): number =>
      (known.get(planned.address) ?? 0) + (older.includes(helperName(planned)) ? 1 : 0);
    const entries = next.entries.map((entry) => ({ ...entry, generation: generationOf(entry) }));
    return { ...next, entries };
  }

  /** Claims the folders of new deployments until the supervisor ends. */
  async #claim(flow: Flow): Promise<void> {
    for (const folder of foldersOf(flow, this.#planner)) {
      if (this.#claimed.has(folder)) continue;
      await claimWorkspaces([folder]);
      this.#claimed.add(folder);
    }
  }

  /** Compiles the executors of a flow file. */
  async #load(flow: Flow, looked?: (path: string) => void): Promise<Planner> {
    const { flowPaths } = this.#planner.assembly;
    const { replicas } = planReplicas(flow);
    const modules = await loadModules(flow, replicas, flowPaths.compiled, looked);
    return this.#planner.with({ ...this.#planner.assembly, flow, plan: replicas, modules });
  }

  get deps(): OperationDeps {
    return {
      supervisor: this.#supervisor,
      planner: () => this.#planner,
      adopt: async (planner, name) => {
        this.#planner = this.#planner.withModulesOf(planner, name);
        await this.#files.fileChanges.recordAgain(name, planner.assembly.modules);
      },
      take: async (planner, names) => {
        this.#planner = this.#planner.withFlowOf(planner);
        this.#files.fileChanges.retain(namesIn(planner.plan()));
        for (const name of names)
          await this.#files.fileChanges.recordAgain(name, planner.assembly.modules);
      },
      savePlan: async () => this.#savePlan(),
    };
  }

  /** Saves the numbers of replicas that differ from the flow file. */
  async #savePlan(): Promise<void> {
    const inFile = countsOf(this.taken);
    const running = Object.entries(countsOf(this.#supervisor.flow));
    await this.#files.planFile.write(
      Object.fromEntries(running.filter(([name, count]) => count !== inFile[name])),
    );
  }
}

/** `<workspace>/<deployment>` of every deployment with processes. */
function foldersOf(flow: Flow, { assembly }: Planner): readonly string[] {
  return flow.deployments
    .filter(({ external }) => !external)
    .map(({ name }) => deploymentFolder(flow, name, assembly.specPaths));
}

function namesIn({ entries }: FlowPlan): readonly string[] {
  return [...new Set(entries.map(({ planned }) => helperName(planned)))];
}

function deploymentsOf({ plan }: FlowSupervisor, addresses: readonly string[]): readonly string[] {
  const changed = plan.entries.filter(({ planned }) => addresses.includes(planned.address));
  return [...new Set(changed.map(({ planned }) => planned.deployment))];
}
