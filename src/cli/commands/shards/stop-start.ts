import { parseAddress } from "../../../model/address.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";

/** `jflow stop <address>`: drains replicas, stops them and keeps them stopped. */
export async function stop(
  context: CommandContext,
  options: FlowOptions,
  address: string,
): Promise<number> {
  return changeReplicas(context, options, "stop", address);
}

/** `jflow start <address>`: starts stopped or failed replicas. */
export async function start(
  context: CommandContext,
  options: FlowOptions,
  address: string,
): Promise<number> {
  return changeReplicas(context, options, "start", address);
}

async function changeReplicas(
  context: CommandContext,
  options: FlowOptions,
  ask: "stop" | "start",
  address: string,
): Promise<number> {
  parseAddress(address);
  const { lines } = await askFlow(context, options, { ask, address }, "lines");
  for (const line of lines) printNotice(context, line);
  return EXIT.ok;
}
