import { parseAddress } from "../../../model/address.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";

interface RerouteOptions extends FlowOptions {
  readonly allocateStale: string;
  readonly acceptDataLoss?: boolean;
}

/**
 * `jflow reroute --allocate-stale <address> --accept-data-loss`: makes a copy the primary that may
 * lack acknowledged writes.
 */
export async function reroute(context: CommandContext, options: RerouteOptions): Promise<number> {
  parseAddress(options.allocateStale);
  const request = {
    ask: "reroute",
    address: options.allocateStale,
    acceptDataLoss: options.acceptDataLoss === true,
  } as const;
  const { lines } = await askFlow(context, options, request, "lines");
  for (const line of lines) printNotice(context, line);
  return EXIT.ok;
}
