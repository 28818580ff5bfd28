import type { ControlAnswer, ControlRequest } from "../../model/control/messages.ts";
import { MAX_STATE_EVENTS } from "../../util/limits/processes.ts";
import { assertNever } from "../../util/unreachable.ts";
import { describeCopies } from "../read-model/copy-rows.ts";
import { describeHealth } from "../read-model/health.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { FlowSupervisor } from "../running/flow-supervisor.ts";

const VIEWS = ["status", "state", "events", "shards", "health"] as const;
/** A request for a part of the state of the flow. */
export type ViewRequest = Extract<ControlRequest, { ask: (typeof VIEWS)[number] }>;

/** Returns whether a request asks for a part of the state of the flow. */
export function isView(request: ControlRequest): request is ViewRequest {
  return VIEWS.some((view) => view === request.ask);
}

export function answerView(
  supervisor: FlowSupervisor,
  readModel: ReadModel,
  request: ViewRequest,
): ControlAnswer {
  switch (request.ask) {
    case "status": {
      const { flow, replicas } = readModel.read(0);
      return { ok: true, status: { schema: "jflow.ps/v1", flow, replicas } };
    }
    case "state":
      return { ok: true, state: readModel.read(MAX_STATE_EVENTS) };
    case "events":
      return { ok: true, events: supervisor.reporter.journal.events };
    case "shards":
      return { ok: true, shards: describeCopies(supervisor) };
    case "health":
      return { ok: true, health: describeHealth(supervisor) };
    default:
      return assertNever(request);
  }
}
