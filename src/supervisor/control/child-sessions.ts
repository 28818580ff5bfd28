import type { ChildReport, Inspection } from "../../model/control/messages.ts";
import type { CopyTask, CopyTaskEnd } from "../../model/shard/backup.ts";
import type { MetricFamilies } from "../../util/metrics/family.ts";
import type { CopyNotice } from "../../replication/replication.ts";
import { MAX_WAIT_MS } from "../../util/limits/processes.ts";
import { MEASURE_MS } from "../../util/limits/requests.ts";
import { INSPECT_MS } from "../../util/limits/shards.ts";
import { assertNever } from "../../util/unreachable.ts";
import type { ChildChannel } from "../../wire/control/control-server.ts";
import type { ReplicaProcess } from "../children/replica-process.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";
import { ChildAnswers } from "./child-answers.ts";

/** The questions to children, by kind. */
export interface ChildQuestions {
  readonly inspections: ChildAnswers<Inspection>;
  readonly measurements: ChildAnswers<MetricFamilies>;
  readonly copyTasks: ChildAnswers<CopyTaskEnd, CopyTask>;
}

export function makeChildQuestions(): ChildQuestions {
  return {
    inspections: new ChildAnswers((id) => ({ type: "inspect", id }), INSPECT_MS),
    measurements: new ChildAnswers((id) => ({ type: "measure", id }), MEASURE_MS),
    copyTasks: new ChildAnswers((id, task) => ({ type: "copyTask", id, task }), MAX_WAIT_MS),
  };
}

/** The first message names the process. The channel of an unknown process is closed. */
export function registerChild(
  supervisor: FlowSupervisor,
  questions: ChildQuestions,
  channel: ChildChannel,
): void {
  let replica: ReplicaProcess | undefined;
  channel.onMessage((report) => {
    if (replica !== undefined) {
      take(supervisor, questions, { replica, report });
      return;
    }
    const found = report.type === "register" ? supervisor.find(report.address) : undefined;
    if (report.type !== "register" || found === undefined || found.processId !== report.processId) {
      channel.close();
      return;
    }
    replica = found;
    replica.registered(channel);
  });
}

function take(
  supervisor: FlowSupervisor,
  { inspections, measurements, copyTasks }: ChildQuestions,
  { replica, report }: { replica: ReplicaProcess; report: ChildReport },
): void {
  switch (report.type) {
    case "register":
      return;
    case "heartbeat":
      return replica.reported(report);
    case "traffic":
      supervisor.facts.traffic.take(report);
      return supervisor.changes.emit();
    case "replication":
      // A worker of the same installation made the message, so its shape is not checked again.
      return supervisor.shards.receive(replica, report.message as CopyNotice);
    case "inspected":
      return inspections.answer(report.id, report.inspection);
    case "copyTaskEnded":
      return copyTasks.answer(report.id, report.end);
    case "measured":
      return measurements.answer(report.id, report.families);
    case "notice":
      return supervisor.notice(report.text);
    default:
      return assertNever(report);
  }
}
