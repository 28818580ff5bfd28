import { parseAddress } from "../../../model/address.ts";
import { followOperation } from "../../flows/follow-operation.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import type { CommandContext } from "../../terminal/context.ts";

interface RestartOptions extends FlowOptions {
  readonly allAtOnce?: boolean;
  readonly timeout?: number;
}

/**
 * `jflow restart [address...]`: replaces processes one at a time while the flow serves. Exits with
 * 4 if a new process is not ready; the replicas that were not replaced keep serving.
 */
export async function restart(
  context: CommandContext,
  options: RestartOptions,
  addresses: readonly string[],
): Promise<number> {
  addresses.forEach(parseAddress);
  const flow = await requireRunningFlow(context.terminal, options, "change");
  const { timeout: timeoutMs, allAtOnce = false } = options;
  return followOperation(context, flow.socket, {
    ask: "restart",
    addresses,
    allAtOnce,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}
