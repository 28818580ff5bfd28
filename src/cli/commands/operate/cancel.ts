import { JflowError } from "../../../util/errors.ts";
import { CANCEL_TIMEOUT_MS } from "../../../util/limits/clients.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

/**
 * `jflow cancel [operation]`: cancels an operation, waits until it has ended, and prints its end.
 */
export async function cancel(
  context: CommandContext,
  options: FlowOptions,
  text?: string,
): Promise<number> {
  const operation = text === undefined ? undefined : parseId(text);
  const { socket } = await requireRunningFlow(context.terminal, options, "change");
  const request = { ask: "cancel", ...(operation === undefined ? {} : { operation }) } as const;
  const { lines } = await askSupervisor(socket, request, "lines", CANCEL_TIMEOUT_MS);
  for (const line of lines) printNotice(context, line);
  return EXIT.ok;
}

/** Parses `3`. Throws `INVALID_ARGUMENT`. */
function parseId(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new JflowError(
    "INVALID_ARGUMENT",
    `"${text}" is not the id of an operation: write a number, such as jflow cancel 3`,
  );
}
