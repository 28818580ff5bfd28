/**
 * What a command may know of the terminal: handed in by `main.ts`, so that commands are tested with
 * another.
 */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
}

type Flag = boolean | undefined;

/**
 * Whether a stream is written in colour: the flag wins, then `NO_COLOR` (not empty), then
 * `FORCE_COLOR`, then whether it is a terminal. chalk itself does not look at `NO_COLOR`.
 */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  env: Terminal["env"],
  flag: Flag,
): boolean {
  if (flag !== undefined) return flag;
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && env["TERM"] !== "dumb" && !env["CI"];
}
