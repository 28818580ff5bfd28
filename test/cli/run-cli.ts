import { PassThrough } from "node:stream";
import { run } from "../../src/cli/cli.ts";
import type { Terminal } from "../../src/cli/terminal/terminal.ts";

interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The path of the program; the default is `jflow` on the PATH. */
  readonly program?: string;
}

/** Runs a command of `jflow` in this process, without a terminal. */
export async function runCli(
  args: readonly string[],
  { cwd, env = {}, program = "jflow" }: CliOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = { stdin: new PassThrough(), stdout, stderr, env, cwd: () => cwd };
  const code = await run(["node", program, ...args], terminal as unknown as Terminal);
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

function textOf(stream: PassThrough): string {
  return String((stream.read() as Buffer | null) ?? "");
}
