import type { ControlAnswer, ControlRequest } from "../../model/control/messages.ts";
import { JflowError, type ErrorCode } from "../../util/errors.ts";
import { ControlClient } from "../../wire/control/control-client.ts";
import type { CommandContext } from "../terminal/context.ts";
import { requireRunningFlow, type FlowOptions } from "./running-flows.ts";
import { UNREACHABLE } from "../../util/unreachable.ts";
import { ASK_TIMEOUT_MS } from "../../util/limits/clients.ts";

type AnswerWith<Key extends string> = Extract<ControlAnswer, { readonly [key in Key]: unknown }>;

export const OLDER_FLOW = "the flow runs with an older jflow";

/** The requests that change nothing. */
const READS: ReadonlySet<ControlRequest["ask"]> = new Set([
  "status",
  "state",
  "events",
  "page",
  "changes",
  "shards",
  "health",
  "verify",
  "explain",
]);

/**
 * Sends a request to a supervisor and returns the answer that has `key`. Throws the error of the
 * supervisor, `UNIMPLEMENTED` if an older supervisor does not have the request, or
 * `DEADLINE_EXCEEDED` after `timeoutMs`.
 */
export async function askSupervisor<Key extends string>(
  socket: string,
  request: ControlRequest,
  key: Key,
  timeoutMs: number = ASK_TIMEOUT_MS,
): Promise<AnswerWith<Key>> {
  const control = new ControlClient(socket);
  try {
    const answer = await control.ask(request, timeoutMs);
    if (!answer.ok) throw errorOfAnswer(request, answer);
    if (!(key in answer))
      throw new JflowError(
        "INTERNAL",
        `unexpected answer from the supervisor to "${request.ask}": ${Object.keys(answer).join(", ")}`,
      );
    return answer as AnswerWith<Key>;
  } finally {
    control.close();
  }
}

/**
 * Returns the error of an answer. The supervisor may be of an earlier version, in which the request
 * does not exist yet.
 */
export function errorOfAnswer(
  { ask }: ControlRequest,
  { code, message }: Extract<ControlAnswer, { readonly ok: false }>,
): JflowError {
  if (code === "INTERNAL" && message.startsWith(UNREACHABLE))
    return new JflowError("UNIMPLEMENTED", `${OLDER_FLOW}, which does not have "${ask}"`);
  return new JflowError(code as ErrorCode, message);
}

/** Sends a request to the supervisor of the flow that the options select. */
export async function askFlow<Key extends string>(
  context: CommandContext,
  options: FlowOptions,
  request: ControlRequest,
  key: Key,
): Promise<AnswerWith<Key>> {
  const use = READS.has(request.ask) ? "read" : "change";
  const flow = await requireRunningFlow(context.terminal, options, use);
  return askSupervisor(flow.socket, request, key);
}
