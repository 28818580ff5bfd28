import { planReplicas, type Flow, type PlannedReplica } from "../../flow/flow.ts";
import type { AwakeClock } from "../../util/awake-clock.ts";
import type { FlowPaths } from "../../model/paths.ts";
import { loadModules, type LoadedModule } from "../compile/load-modules.ts";
import type { SpecPaths } from "../decide/child-specs.ts";
import { StateFile } from "../disk/state-file.ts";

/** The collaborators of the supervisor from its process. `main.ts` provides them. */
export interface SupervisorDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly runtimeRoot: string;
  /** The folder for the runtime files if `runtimeRoot` is removed and cannot be made again. */
  readonly fallbackRoot: string;
  /** The folder of `JFLOW_STATE_DIR`, if set. */
  readonly stateDir: string | undefined;
  /** The version of this installation. */
  readonly version: string;
  readonly cores: number;
  /** The number of CUDA devices of the machine. */
  readonly devices: number;
  readonly clock: AwakeClock;
  /** Returns a number from 0 to 1. */
  random(): number;
  log(text: string): void;
}

/** Everything that is needed to start the processes of one flow. */
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
  /** Returns the path of the supervisor's socket for a process that starts now. */
  readonly socket: () => string;
  readonly deps: SupervisorDeps;
}

/**
 * Compiles the executors of a flow and collects everything that is needed to start its processes.
 */
export async function assemble({ flow, paths, socket, deps }: AssembleOptions): Promise<Assembly> {
  const plan = planReplicas(flow).replicas;
  const modules = await loadModules(flow, plan, paths.compiled);
  const stateFile = await StateFile.open(paths.stateFile);
  const specPaths: SpecPaths = {
    get controlSocket() {
      return socket();
    },
    data: paths.data,
    earlier: stateFile.listEarlier(),
  };
  return { flow, plan, modules, flowPaths: paths, specPaths, deps };
}
