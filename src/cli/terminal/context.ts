import type { Terminal } from "./terminal.ts";

/** The terminal and its settings, for every command. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Whether each stream is written in color. */
  readonly color: { readonly stdout: boolean; readonly stderr: boolean };
}

/** Writes a line of data to stdout, for the user or the next program. */
export function print(context: CommandContext, text: string): void {
  context.terminal.stdout.write(`${text}\n`);
}

/** Writes a line to stderr, for the user. */
export function printNotice(context: CommandContext, text: string): void {
  context.terminal.stderr.write(`${text}\n`);
}
