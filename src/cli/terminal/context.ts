import { nameCommands, type CommandName } from "./command-name.ts";
import type { Terminal } from "./terminal.ts";

/** The terminal and its settings, for every command. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** How the user calls jflow. */
  readonly name: CommandName;
  /** Whether each stream is written in color. */
  readonly color: { readonly stdout: boolean; readonly stderr: boolean };
}

/** Writes a line of data to stdout, for the user or the next program. */
export function print(context: CommandContext, text: string): void {
  context.terminal.stdout.write(`${text}\n`);
}

/** Writes a line to stderr, for the user. Commands in the text are those that the user can type. */
export function printNotice({ terminal, name }: CommandContext, text: string): void {
  terminal.stderr.write(`${nameCommands(text, name)}\n`);
}
