import type { Flow } from "../../flow/flow.ts";
import { messageOf } from "../../util/error-code.ts";
import { clampReplicas } from "../decide/automation/autoscale.ts";
import { noticeScaled } from "../describe/notices.ts";
import type { PlanFile } from "../disk/plan-file.ts";
import type { ReplicaCounts } from "../plan/change-plan.ts";

/**
 * The numbers of replicas that `jflow scale` and `autoscale` set before the last supervisor ended
 * unexpectedly. Those of `autoscale` need no notice.
 */
export async function readCounts(
  planFile: PlanFile,
  { deployments }: Flow,
): Promise<{ counts: ReplicaCounts; notices: readonly string[] }> {
  try {
    const kept = await planFile.read();
    const scaled = deployments.filter(
      ({ name, external, replicas }) =>
        kept[name] !== undefined && !external && kept[name] !== replicas,
    );
    return {
      counts: Object.fromEntries(
        scaled.map(({ name, autoscale }) => [
          name,
          autoscale === undefined ? kept[name]! : clampReplicas(autoscale, kept[name]!),
        ]),
      ),
      notices: scaled
        .filter(({ autoscale }) => autoscale === undefined)
        .map(({ name, replicas }) => noticeScaled(name, kept[name]!, replicas)),
    };
  } catch (error) {
    const text = `cannot read the numbers that jflow scale set, so the flow file counts: ${messageOf(error)}`;
    return { counts: {}, notices: [text] };
  }
}
