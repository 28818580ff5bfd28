import type { MetricFamilies } from "../../util/metrics/family.ts";
import { isServing } from "../decide/lifecycle/replica-state.ts";
import { flowFamilies } from "../metrics/flow-families.ts";
import { renderMetrics } from "../metrics/render-metrics.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import type { ChildAnswers } from "./child-answers.ts";
import { describeCopies } from "../read-model/copy-rows.ts";
import type { SupervisorFacts } from "../read-model/read-model.ts";

/**
 * Returns the metrics of the supervisor and of every process that answers in time, in the text
 * format of Prometheus.
 */
export async function collectMetrics(
  supervisor: FlowSupervisor,
  tools: {
    readonly facts: SupervisorFacts;
    readonly measurements: ChildAnswers<MetricFamilies>;
  },
): Promise<string> {
  const measured = await Promise.all(
    supervisor.replicas
      .filter(({ state }) => isServing(state))
      .map(async (replica) => tools.measurements.ask(replica)),
  );
  // A process may have exited while the others were asked.
  const { replicas, flow } = supervisor;
  const { version, pid: supervisorPid } = tools.facts;
  const shards = describeCopies(supervisor);
  const own = flowFamilies({ version, flow: flow.name, supervisorPid, replicas, shards });
  return renderMetrics([own, ...measured.flatMap((families) => (families ? [families] : []))]);
}
