import type { PlanEntry } from "../../../src/supervisor/plan/flow-plan.ts";

/** How a process of a plan is started, for tests that start none. */
export const LAUNCH: Omit<PlanEntry["launch"], "configHash"> = {
  entry: "",
  nodeOptions: [],
  env: {},
  cwd: "",
  timeoutReadyMs: 1,
  drainTimeoutMs: 1,
  spec: () => {
    throw new Error("not started");
  },
};
