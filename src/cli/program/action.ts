import type { CommandContext } from "../terminal/context.ts";

/**
 * A command's body: imported when it runs, so that `jflow --help` loads commander only. Returns the
 * exit code.
 */
export type Body<Options, Args extends readonly string[]> = (
  context: CommandContext,
  options: Options,
  ...args: Args
) => Promise<number>;

/** Makes of a body, which is imported when it runs, what commander calls. */
export type Action = <Options, Args extends readonly string[]>(
  load: () => Promise<Body<Options, Args>>,
) => (...given: unknown[]) => Promise<void>;
