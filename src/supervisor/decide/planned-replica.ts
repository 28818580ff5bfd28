import type { PlannedReplica } from "../../flow/flow.ts";

/** Returns the name of a planned process: its deployment, or `<deployment>_uses_after`. */
export function helperName(planned: PlannedReplica): string {
  return planned.address.slice(0, planned.address.indexOf("/"));
}

/** Returns whether the replica is the process of a `uses_before` or `uses_after`. */
export function isHelper(planned: PlannedReplica): boolean {
  return planned.part === "uses_before" || planned.part === "uses_after";
}
