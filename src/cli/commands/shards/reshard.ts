import type { CommandContext } from "../../terminal/context.ts";
import {
  locateFlowFile,
  readFlowFile,
  variablesOf,
  type EnvFileOptions,
} from "../../flows/read-flow-file.ts";
import { printResharded } from "../../flows/print-resharded.ts";

/**
 * `jflow reshard <executor> --shards <n>`: copies the data of a stopped flow into another number of
 * shards. The old data stays on disk, also if the command is interrupted. Operation ids are not
 * copied: a request with an id that was used before is applied again.
 */
export async function reshard(
  context: CommandContext,
  options: EnvFileOptions & { shards: number; file?: string },
  deployment: string,
): Promise<number> {
  const file = await locateFlowFile(context, options.file);
  const variables = variablesOf(context, options);
  await readFlowFile(context, file, variables);
  const { shards } = options;
  return printResharded(context, { ...variables, type: "reshard", file, deployment, shards });
}
