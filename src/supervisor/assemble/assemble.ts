import { planReplicas, type Flow, type PlannedReplica } from "../../flow/flow.ts";
import type { FlowPlaces } from "../../model/places.ts";
import { loadModules, type LoadedModule } from "../compile/load-modules.ts";
import type { SpecPlaces } from "../decide/child-specs.ts";

/** What the supervisor's process finds around itself: handed in by `main.ts`. */
export interface Surroundings {
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
  readonly flowPlaces: FlowPlaces;
  readonly specPlaces: SpecPlaces;
  readonly surroundings: Surroundings;
}

interface AssemblyParts {
  readonly flow: Flow;
  readonly places: FlowPlaces;
  readonly socket: string;
  readonly surroundings: Surroundings;
}

/** Compiles and finds what every process of a flow is made from. */
export async function assemble({
  flow,
  places,
  socket,
  surroundings,
}: AssemblyParts): Promise<Assembly> {
  const plan = planReplicas(flow).replicas;
  const modules = await loadModules(flow, plan, places.compiled);
  const specPlaces = { controlSocket: socket, data: places.data };
  return { flow, plan, modules, flowPlaces: places, specPlaces, surroundings };
}
