/** The terminal of a command. `main.ts` passes `process`; tests pass another. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
}

/**
 * Returns whether a stream is written in color: the flag decides, then `NO_COLOR` (unless empty),
 * then `FORCE_COLOR`, then whether the stream is a terminal. chalk itself ignores `NO_COLOR`.
 */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  env: Terminal["env"],
  flag: boolean | undefined,
): boolean {
  if (flag !== undefined) return flag;
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && env["TERM"] !== "dumb" && !env["CI"];
}
