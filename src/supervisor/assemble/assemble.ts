import { planReplicas, type Flow, type PlannedReplica } from "../../flow/flow.ts";
import type { FlowPaths } from "../../model/paths.ts";
import { loadModules, type LoadedModule } from "../compile/load-modules.ts";
import type { SpecPaths } from "../decide/child-specs.ts";

/** What the supervisor's process finds around itself: handed in by `main.ts`. */
export interface SupervisorDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly runtimeRoot: string;
  /** Of this installation. */
  readonly version: string;
  readonly cores: number;
  /** How many CUDA devices the machine has. */
  readonly devices: number;
  log(text: string): void;
}

/** Everything the processes of one flow are made from. */
export interface Assembly {
  readonly flow: Flow;
  readonly plan: readonly PlannedReplica[];
  readonly modules: ReadonlyMap<string, LoadedModule>;
  readonly flowPaths: FlowPaths;
  readonly specPaths: SpecPaths;
  readonly deps: SupervisorDeps;
}

interface AssembleOptions {
  readonly flow: Flow;
  readonly paths: FlowPaths;
  readonly socket: string;
  readonly deps: SupervisorDeps;
}

/** Compiles and finds what every process of a flow is made from. */
export async function assemble({ flow, paths, socket, deps }: AssembleOptions): Promise<Assembly> {
  const plan = planReplicas(flow).replicas;
  const modules = await loadModules(flow, plan, paths.compiled);
  const specPaths = { controlSocket: socket, data: paths.data };
  return { flow, plan, modules, flowPaths: paths, specPaths, deps };
}
