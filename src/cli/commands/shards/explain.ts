import { parseAddress } from "../../../model/address.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import { print, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";

/** `jflow explain <address>`: explains the state of replicas and what would change it. */
export async function explain(
  context: CommandContext,
  options: FlowOptions,
  address: string,
): Promise<number> {
  parseAddress(address);
  const { lines } = await askFlow(context, options, { ask: "explain", address }, "lines");
  for (const line of lines) print(context, line);
  return EXIT.ok;
}
