import { parseAddress } from "../../../model/address.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import { tell, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";

/** `jflow stop <address>`: drains the replicas within an address and leaves them stopped. */
export async function stop(
  context: CommandContext,
  options: FlowOptions,
  address: string,
): Promise<number> {
  return change(context, options, "stop", address);
}

/** `jflow start <address>`: starts stopped or failed replicas again. */
export async function start(
  context: CommandContext,
  options: FlowOptions,
  address: string,
): Promise<number> {
  return change(context, options, "start", address);
}

async function change(
  context: CommandContext,
  options: FlowOptions,
  ask: "stop" | "start",
  address: string,
): Promise<number> {
  parseAddress(address);
  const { lines } = await askFlow(context, options, { ask, address }, "lines");
  for (const line of lines) tell(context, line);
  return EXIT.ok;
}
