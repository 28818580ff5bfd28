import { resolve } from "node:path";
import { followOperation } from "../../flows/follow-operation.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import type { CommandContext } from "../../terminal/context.ts";

/** `jflow backup <executor> <folder>`: writes a backup of a running executor into a new folder. */
export async function backup(
  context: CommandContext,
  options: FlowOptions,
  deployment: string,
  folder: string,
): Promise<number> {
  const flow = await requireRunningFlow(context.terminal, options);
  return followOperation(context, flow.socket, {
    ask: "backup",
    deployment,
    folder: resolve(context.terminal.cwd(), folder),
  });
}
