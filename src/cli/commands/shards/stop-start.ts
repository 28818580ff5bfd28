import { parseAddress } from "../../../model/address.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { askFileChanges, formatFileChanges } from "../../flows/file-changes.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";

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
  const { socket } = await requireRunningFlow(context.terminal, options, "change");
  const { lines } = await askSupervisor(socket, { ask, address }, "lines");
  const changes = ask === "start" ? await askFileChanges(socket) : [];
  for (const line of [...lines, ...formatFileChanges(changes)]) printNotice(context, line);
  return EXIT.ok;
}
