import type { CommandContext } from "../terminal/context.ts";

/**
 * The body of a command. Resolves with the exit code. It is imported when the command runs, so that
 * `jflow --help` loads only commander.
 */
export type Body<Options, Args extends readonly unknown[]> = (
  context: CommandContext,
  options: Options,
  ...args: Args
) => Promise<number>;

/** Turns a lazily imported body into the callback that commander calls. */
export type Action = <Options, Args extends readonly unknown[]>(
  load: () => Promise<Body<Options, Args>>,
) => (...given: unknown[]) => Promise<void>;
