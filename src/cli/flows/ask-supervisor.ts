import type { ControlAnswer, ControlRequest } from "../../model/control.ts";
import { JflowError, type ErrorCode } from "../../util/errors.ts";
import { ControlClient } from "../../wire/control/control-client.ts";
import type { CommandContext } from "../terminal/context.ts";
import { needRunningFlow, type FlowOptions } from "./running-flows.ts";

const ASK_TIMEOUT_MS = 30_000;

type Good<Key extends string> = Extract<ControlAnswer, { readonly [key in Key]: unknown }>;

/**
 * One question to a supervisor. Throws what it refuses. `timeoutMs` bounds the wait for the answer.
 */
export async function askSocket<Key extends string>(
  socket: string,
  request: ControlRequest,
  key: Key,
  timeoutMs: number = ASK_TIMEOUT_MS,
): Promise<Good<Key>> {
  const control = new ControlClient(socket);
  try {
    const answer = await control.ask(request, timeoutMs);
    if (!answer.ok) throw new JflowError(answer.code as ErrorCode, answer.message);
    if (!(key in answer))
      throw new JflowError(
        "INTERNAL",
        `the supervisor answered "${request.ask}" with ${Object.keys(answer).join(", ")}`,
      );
    return answer as Good<Key>;
  } finally {
    control.close();
  }
}

/** One question to the supervisor of the flow a command is about. */
export async function askFlow<Key extends string>(
  context: CommandContext,
  choice: FlowOptions,
  request: ControlRequest,
  key: Key,
): Promise<Good<Key>> {
  const flow = await needRunningFlow(context.terminal, choice);
  return askSocket(flow.socket, request, key);
}
