import { planReplicas, type Flow, type PlannedReplica } from "../../flow/flow.ts";
import type { GatewayHello } from "../../model/replica.ts";
import { withReplicas, type ReplicaCounts } from "../plan/change-plan.ts";
import type { FlowPlan, PlanEntry } from "../plan/flow-plan.ts";
import type { Assembly } from "./assemble.ts";
import { launchGateway, launchWorker } from "./launch.ts";

/** Makes plans and entries of an assembled flow file. */
export class Planner {
  readonly assembly: Assembly;
  readonly #boundGateway: () => GatewayHello | undefined;

  /** `boundGateway` returns the ports of an earlier gateway of this run. */
  constructor(assembly: Assembly, boundGateway: () => GatewayHello | undefined) {
    this.assembly = assembly;
    this.#boundGateway = boundGateway;
  }

  /** Returns the planner of another assembly of the flow. */
  with(assembly: Assembly): Planner {
    return new Planner(assembly, this.#boundGateway);
  }

  /** Returns a planner that takes the executor of a deployment or helper from another planner. */
  withModulesOf({ assembly }: Planner, name: string): Planner {
    const own = [...assembly.modules].filter(([address]) => address.startsWith(`${name}/`));
    return this.with({ ...this.assembly, modules: new Map([...this.assembly.modules, ...own]) });
  }

  /** Returns a planner of another flow file, with the executors that this planner has of it. */
  withFlowOf({ assembly }: Planner): Planner {
    const modules = new Map([...assembly.modules, ...this.assembly.modules]);
    return this.with({ ...assembly, modules });
  }

  /** Returns the plan of the flow file, with other numbers of replicas. */
  plan(counts: ReplicaCounts = {}): FlowPlan {
    const flow = withReplicas(this.assembly.flow, counts);
    const entries = planReplicas(flow).replicas.map((planned) => this.entry(flow, planned));
    return { flow, entries };
  }

  /** Returns the entry of a replica, by the executors of this assembly. */
  entry(flow: Flow, planned: PlannedReplica): PlanEntry {
    const assembly = { ...this.assembly, flow };
    const launch =
      planned.part === "gateway"
        ? launchGateway(assembly, this.#boundGateway)
        : launchWorker(assembly, planned);
    return { planned, launch, generation: 0 };
  }
}
