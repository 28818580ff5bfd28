import { createInterface } from "node:readline/promises";
import { resolve } from "node:path";
import { JflowError } from "../../../util/errors.ts";
import { followOperation } from "../../flows/follow-operation.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

interface RestoreOptions extends FlowOptions {
  readonly yes?: boolean;
}

/**
 * `jflow restore <executor> <folder>`: replaces the data of a running executor by a backup. Asks
 * first on a terminal, and needs `--yes` elsewhere.
 */
export async function restore(
  context: CommandContext,
  options: RestoreOptions,
  deployment: string,
  folder: string,
): Promise<number> {
  const { terminal } = context;
  const flow = await requireRunningFlow(terminal, options, "change");
  const question = `restore replaces all data of ${deployment} by the backup in ${folder}: writes acknowledged after the backup are gone`;
  if (options.yes !== true && !(await confirm(context, question))) {
    printNotice(context, "nothing was changed");
    return EXIT.failed;
  }
  return followOperation(context, flow.socket, {
    ask: "restore",
    deployment,
    folder: resolve(terminal.cwd(), folder),
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
