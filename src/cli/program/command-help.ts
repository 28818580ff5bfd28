import type { Command } from "commander";

/** Examples and exit codes of a command, for its help and `COMMANDS.md`. */
export interface CommandHelp {
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Exit codes with a meaning of their own for this command. */
  readonly exitCodes?: Readonly<Record<number, string>>;
}

const helpByCommand = new WeakMap<Command, CommandHelp>();

/** Adds examples and exit codes to the end of a command's help. */
export function addCommandHelp(command: Command, help: CommandHelp): void {
  helpByCommand.set(command, help);
  command.addHelpText("after", formatHelp(help));
}

/** Returns what `addCommandHelp` added to a command, if it did. */
export function commandHelpOf(command: Command): CommandHelp | undefined {
  return helpByCommand.get(command);
}

function formatHelp({ examples, exitCodes }: CommandHelp): string {
  const sections = ["", "Examples:"];
  for (const [line, meaning] of examples) sections.push(`  # ${meaning}`, `  ${line}`);
  if (exitCodes !== undefined) {
    sections.push("", "Exit codes:");
    for (const [code, meaning] of Object.entries(exitCodes))
      sections.push(`  ${code.padEnd(4)} ${meaning}`);
  }
  return sections.join("\n");
}
