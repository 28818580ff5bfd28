import { createInterface } from "node:readline/promises";
import { resolve } from "node:path";
import { JflowError } from "../../../util/errors.ts";
import { followOperation } from "../../flows/follow-operation.ts";
import {
  locateFlowFile,
  readFlowFile,
  variablesOf,
  type EnvFileOptions,
} from "../../flows/read-flow-file.ts";
import {
  findRunningFlow,
  requireRunningFlow,
  type FlowOptions,
} from "../../flows/running-flows.ts";
import { printResharded } from "../../flows/print-resharded.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

interface RestoreOptions extends FlowOptions, EnvFileOptions {
  readonly yes?: boolean;
}

/**
 * `jflow restore <executor> <folder>`: replaces the data of an executor by a backup: shard by shard
 * in a running flow; in a stopped flow with the number of shards of the flow file. Asks first on a
 * terminal, and needs `--yes` elsewhere.
 */
export async function restore(
  context: CommandContext,
  options: RestoreOptions,
  deployment: string,
  folder: string,
): Promise<number> {
  const { terminal } = context;
  const flow = await findRunningFlow(terminal, options, "change");
  if (flow === undefined && options.name !== undefined) await requireRunningFlow(terminal, options);
  const question = `restore replaces all data of ${deployment} by the backup in ${folder}: writes acknowledged after the backup are gone`;
  if (options.yes !== true && !(await confirm(context, question))) {
    printNotice(context, "nothing was changed");
    return EXIT.failed;
  }
  const backup = resolve(terminal.cwd(), folder);
  if (flow === undefined) return restoreStopped(context, options, { deployment, backup });
  return followOperation(context, flow.socket, { ask: "restore", deployment, folder: backup });
}

/** Puts the documents of a backup into the shards of the flow file. */
async function restoreStopped(
  context: CommandContext,
  options: RestoreOptions,
  { deployment, backup }: { deployment: string; backup: string },
): Promise<number> {
  const file = await locateFlowFile(context, options.file);
  const variables = variablesOf(context, options);
  const { deployments } = await readFlowFile(context, file, variables);
  const shards = deployments.find(({ name }) => name === deployment)?.shards ?? 1;
  return printResharded(context, {
    ...variables,
    type: "reshard",
    file,
    deployment,
    shards,
    backup,
  });
}

/** Throws `INVALID_ARGUMENT` without a terminal. */
async function confirm({ terminal }: CommandContext, question: string): Promise<boolean> {
  if (!terminal.stdin.isTTY)
    throw new JflowError("INVALID_ARGUMENT", `${question}. Add --yes to confirm`);
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question}. Continue? [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
