import type { FlowChanges } from "../operations/flow-changes.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { AutomaticChanges } from "./automatic-changes.ts";
import { Autoscaler } from "./autoscaler.ts";
import { MemoryLimits } from "./memory-limits.ts";

/** Begins the changes that the supervisor makes by itself, until the flow has ended. */
export function startAutomation(supervisor: FlowSupervisor, changes: FlowChanges): void {
  const automatic = new AutomaticChanges(changes);
  new MemoryLimits(supervisor, automatic).start();
  new Autoscaler(supervisor, automatic).start();
}
