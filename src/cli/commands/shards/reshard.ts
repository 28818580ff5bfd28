import { JflowError } from "../../../util/errors.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import {
  locateFlowFile,
  readFlowFile,
  variablesOf,
  type EnvFileOptions,
} from "../../flows/read-flow-file.ts";
import { spawnSupervisor } from "../../flows/spawn-supervisor.ts";

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
  const answer = await spawnSupervisor({
    ...variables,
    type: "reshard",
    file,
    deployment,
    shards,
  });
  if (answer.type !== "resharded")
    throw new JflowError("INTERNAL", `unexpected answer from the supervisor: ${answer.type}`);
  for (const line of answer.lines) printNotice(context, line);
  return EXIT.ok;
}
