import type { Command } from "commander";
import { FLOW_FILE_ARGUMENT } from "./options.ts";

/**
 * Returns the arguments and options of a command with the flow file that was named: as an argument,
 * with `--file` after the command, or with `--file` before the command, in this order. Ends with a
 * usage error if the command names two.
 */
export function passFlowFile(
  program: Command,
  command: Command,
  args: readonly unknown[],
): { readonly args: readonly unknown[]; readonly options: Readonly<Record<string, unknown>> } {
  const options = command.opts();
  const named = command.registeredArguments.findIndex((each) => each.name() === FLOW_FILE_ARGUMENT);
  const own = options["file"] as string | undefined;
  const argument = args[named] as string | undefined;
  if (argument !== undefined && own !== undefined)
    command.error(`error: name the flow file once: ${argument}, or --file ${own}`);
  const file = own ?? program.opts<{ file?: string }>().file;
  if (named < 0) return { args, options: file === undefined ? options : { ...options, file } };
  return { args: args.map((arg, i) => (i === named ? (arg ?? file) : arg)), options };
}
