import type { IncomingMessage } from "node:http";
import { readTarget } from "../../../wire/http/http-reply.ts";
import type { FlowService } from "../../handler/flow-service.ts";
import type { FrontCall } from "../../handler/request-handler.ts";

/**
 * Returns the trace that a request belongs to, or nothing if the flow has no traces. The span is
 * named as the conventions of OpenTelemetry ask for.
 */
export function traceOf(
  request: IncomingMessage,
  { isTraced }: Pick<FlowService, "isTraced">,
): Pick<FrontCall, "trace"> {
  if (!isTraced) return {};
  const name = `${request.method} ${readTarget(request).path}`;
  return { trace: { name, headers: request.headers } };
}
