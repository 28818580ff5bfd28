import type { EventBody } from "../../model/control/events.ts";
import type { OperationEvent } from "../../model/supervisor.ts";

/** The subject of events that concern the whole flow. */
const FLOW = "flow";

export function noticeEvent(text: string): EventBody {
  return { subject: FLOW, kind: "notice", reason: null, text };
}

export function flowEvent(
  state: "ready" | "failed" | "stopping",
  { reason, text }: { readonly reason: string | null; readonly text: string },
): EventBody {
  return { subject: FLOW, kind: "flow", state, reason, text };
}

/** Returns the event of a step of an operation. */
export function operationEvent({ id, kind, deployments, state, text }: OperationEvent): EventBody {
  return {
    subject: deployments.length === 1 ? deployments[0]! : FLOW,
    kind: "operation",
    operation: id,
    state,
    reason: state === "failed" || state === "cancelled" ? text : null,
    text: `operation ${id} (${kind}) ${state}: ${text}`,
  };
}
