import { JflowError } from "../../../util/errors.ts";
import { tell, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { locateFlowFile, readFlowFile } from "../../flows/read-flow-file.ts";
import { spawnSupervisor } from "../../flows/spawn-supervisor.ts";

/**
 * `jflow reshard <executor> --shards <n>`: puts the data of a flow that does not run into another
 * number of shards. The old data is kept until the new is complete, and beside it afterwards;
 * interrupted, it leaves the old as it was. Operation ids are not carried over: a key used before
 * is applied again.
 */
export async function reshard(
  context: CommandContext,
  options: { shards: number; file?: string },
  deployment: string,
): Promise<number> {
  const file = await locateFlowFile(context, options.file);
  await readFlowFile(context, file);
  const { shards } = options;
  const answer = await spawnSupervisor({
    type: "reshard",
    file,
    variables: context.terminal.env,
    deployment,
    shards,
  });
  if (answer.type !== "resharded")
    throw new JflowError("INTERNAL", `the supervisor answered ${answer.type}`);
  for (const line of answer.lines) tell(context, line);
  return EXIT.ok;
}
