import { parseAddress } from "../../model/address.ts";
import { askFlow } from "../ask.ts";
import { tell, type CommandContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { FlowChoice } from "../running-flows.ts";

/** `jflow stop <address>`: drains the replicas within an address and leaves them stopped. */
export async function stop(
  context: CommandContext,
  options: FlowChoice,
  address: string,
): Promise<number> {
  return change(context, options, "stop", address);
}

/** `jflow start <address>`: starts stopped or failed replicas again. */
export async function start(
  context: CommandContext,
  options: FlowChoice,
  address: string,
): Promise<number> {
  return change(context, options, "start", address);
}

async function change(
  context: CommandContext,
  options: FlowChoice,
  ask: "stop" | "start",
  address: string,
): Promise<number> {
  parseAddress(address);
  const { lines } = await askFlow(context, options, { ask, address }, "lines");
  for (const line of lines) tell(context, line);
  return EXIT.ok;
}
