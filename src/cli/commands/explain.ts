import { parseAddress } from "../../model/address.ts";
import { askFlow } from "../ask.ts";
import { print, type CommandContext } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { FlowChoice } from "../running-flows.ts";

/** `jflow explain <address>`: why a copy or shard is where it is, and what would change it. */
export async function explain(
  context: CommandContext,
  options: FlowChoice,
  address: string,
): Promise<number> {
  parseAddress(address);
  const { lines } = await askFlow(context, options, { ask: "explain", address }, "lines");
  for (const line of lines) print(context, line);
  return EXIT.ok;
}
