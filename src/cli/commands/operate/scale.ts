import { JflowError } from "../../../util/errors.ts";
import { followOperation } from "../../flows/follow-operation.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import type { CommandContext } from "../../terminal/context.ts";

interface ScaleOptions extends FlowOptions {
  readonly timeout?: number;
  readonly shards?: string;
}

const SHARDS =
  "the number of shards of a running flow cannot change, because each document belongs to the shard of its hash: stop the flow and run jflow reshard <executor> --shards <number>";

/**
 * `jflow scale <executor=number...>`: changes the numbers of replicas of a running flow. Exits with
 * 4 if a new replica is not ready; the numbers are then as before.
 */
export async function scale(
  context: CommandContext,
  options: ScaleOptions,
  texts: readonly string[],
): Promise<number> {
  if (options.shards !== undefined) throw new JflowError("INVALID_ARGUMENT", SHARDS);
  const replicas = parseCounts(texts);
  const flow = await requireRunningFlow(context.terminal, options, "change");
  const { timeout: timeoutMs } = options;
  return followOperation(context, flow.socket, {
    ask: "scale",
    replicas,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

/** `jflow scale encoder 4` means `encoder=4`. */
function exampleOf([name, number]: readonly string[]): string {
  const isPair = /^[A-Za-z_]\w*$/.test(name ?? "") && /^\d{1,6}$/.test(number ?? "");
  return isPair ? `${name}=${number}` : "encoder=5";
}

/** Parses `encoder=5`. Throws `INVALID_ARGUMENT`. */
export function parseCounts(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const [, name, shard, number] = /^([A-Za-z_]\w*)(\/\d+(?:\/\d+)?)?=(\d{1,6})$/.exec(text) ?? [];
    if (name === undefined)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `"${text}" is not a number of replicas: write ${exampleOf(texts)}`,
      );
    if (shard !== undefined)
      throw new JflowError(
        "INVALID_ARGUMENT",
        `every shard of ${name} has the same number of replicas: write ${name}=${number}`,
      );
    if (counts.has(name))
      throw new JflowError("INVALID_ARGUMENT", `${name} is named twice: give one number`);
    counts.set(name, Number(number));
  }
  return Object.fromEntries(counts);
}
