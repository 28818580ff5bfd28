import type { GatewayHello } from "../../model/replica.ts";
import type { FlowPlan } from "../plan/flow-plan.ts";
import type { Assembly } from "./assemble.ts";
import { launchGateway, launchWorker } from "./launch.ts";

/**
 * Returns the plan of an assembled flow. `boundGateway` returns the ports of an earlier gateway of
 * this run.
 */
export function makePlan(
  assembly: Assembly,
  boundGateway: () => GatewayHello | undefined,
): FlowPlan {
  const { flow, plan } = assembly;
  return {
    flow,
    entries: plan.map((planned) => ({
      planned,
      launch:
        planned.part === "gateway"
          ? launchGateway(assembly, boundGateway)
          : launchWorker(assembly, planned),
      generation: 0,
    })),
  };
}
