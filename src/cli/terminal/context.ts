import type { Terminal } from "./terminal.ts";

/** What every command gets. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Whether each stream is written in colour. */
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
}

/** Writes data for the next program: a line on stdout. */
export function print(context: CommandContext, text: string): void {
  context.terminal.stdout.write(`${text}\n`);
}

/** Writes for the person at the terminal: a line on stderr. */
export function tell(context: CommandContext, text: string): void {
  context.terminal.stderr.write(`${text}\n`);
}
