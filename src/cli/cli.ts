import { Command, CommanderError } from "commander";
import type { CommandContext } from "./terminal/context.ts";
import { EXIT, exitCodeOf } from "./terminal/exit-codes.ts";
import type { Body } from "./program/action.ts";
import { addLooking } from "./program/inspect-commands.ts";
import { addRunning } from "./program/run-commands.ts";
import { addShards } from "./program/shard-commands.ts";
import { wantsColour, type Terminal } from "./terminal/terminal.ts";
import { jflowVersion } from "../util/version.ts";

/**
 * Runs one `jflow` command and returns its exit code. Data goes to stdout, everything else to
 * stderr; a reader that closes the pipe (`| head`) ends the command quietly.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  for (const stream of [terminal.stdout, terminal.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(EXIT.ok);
      terminal.stderr.write(`jflow: what it has to say cannot be written: ${error.message}\n`);
      process.exit(EXIT.failed);
    });
  }
  let exitCode: number = EXIT.ok;
  const program = buildProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (thrown) {
    return explain(thrown, terminal);
  }
}

/**
 * Tells the user what was thrown, without a stack unless it is a defect of ours, and gives the exit
 * code.
 */
async function explain(thrown: unknown, terminal: Terminal): Promise<number> {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { toJflowError } = await import("../util/errors.ts");
  const error = toJflowError(thrown);
  terminal.stderr.write(`jflow: ${error.message}\n`);
  // What the system refuses (a full disk) is no defect of ours.
  const isDefect = error.code === "INTERNAL" && !(thrown instanceof Error && "syscall" in thrown);
  if (isDefect) terminal.stderr.write(`${(thrown as Error).stack ?? ""}\n`);
  return exitCodeOf(error.code);
}

/**
 * All commands, each with its body imported when it runs. `finish` is told the exit code of the one
 * that ran.
 */
export function buildProgram(terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command("jflow")
    .description("Run Jina-style flows of executors on this machine: replicas, shards, a gateway.")
    .version(jflowVersion(), "-V, --version", "print the version")
    .option("--color", "colour even where it is no terminal")
    .option("--no-color", "no colour")
    .helpOption("-h, --help", "show help")
    .configureHelp({ sortSubcommands: false })
    .exitOverride()
    .showHelpAfterError("(jflow --help shows the commands)");
  program.configureOutput({
    writeOut: (text) => void terminal.stdout.write(text),
    writeErr: (text) => void terminal.stderr.write(text),
  });

  const contextOf = (): CommandContext => {
    const flag =
      program.getOptionValueSource("color") === "cli"
        ? program.opts<{ color: boolean }>().color
        : undefined;
    return {
      terminal,
      colour: {
        stdout: wantsColour(terminal.stdout, terminal.env, flag),
        stderr: wantsColour(terminal.stderr, terminal.env, flag),
      },
    };
  };
  /** Adapts a lazily imported body to commander, which passes (...args, options, command). */
  const action =
    <Options, Args extends readonly string[]>(load: () => Promise<Body<Options, Args>>) =>
    async (...given: unknown[]): Promise<void> => {
      const args = given.slice(0, -2) as unknown as Args;
      const options = given.at(-2) as Options;
      const body = await load();
      finish(await body(contextOf(), options, ...args));
    };
  addRunning(program, action);
  addLooking(program, action);
  addShards(program, action);
  program.addHelpCommand(
    new Command("help").argument("[command]").description("show help").helpGroup("Looking at it:"),
  );
  for (const command of program.commands) command.exitOverride();
  return program;
}
