import { Command, CommanderError } from "commander";
import type { CommandContext } from "./terminal/context.ts";
import { commandNameOf, nameCommands, type CommandName } from "./terminal/command-name.ts";
import { EXIT, exitCodeOf } from "./terminal/exit-codes.ts";
import type { Body } from "./program/action.ts";
import { passFlowFile } from "./program/flow-file.ts";
import { addInspectCommands } from "./program/inspect-commands.ts";
import { colorOption, fileOption, noColorOption } from "./program/options.ts";
import { explainUsage } from "./program/other-tools.ts";
import { addObserveCommands } from "./program/observe-commands.ts";
import { addOperateCommands } from "./program/operate-commands.ts";
import { addRunCommands } from "./program/run-commands.ts";
import { addShardCommands } from "./program/shard-commands.ts";
import { handleHangUp } from "./terminal/hang-up.ts";
import { wantsColor, type Terminal } from "./terminal/terminal.ts";
import { cleanText } from "../util/text/terminal-text.ts";
import { jflowVersion } from "../util/version.ts";

/** The commands that finish although no process reads their output. */
const FINISHING: ReadonlySet<string> = new Set([
  "up",
  "down",
  "stop",
  "start",
  "reshard",
  "reroute",
  "post",
]);

/** The word before the words of a command line that the scripts of a shell complete. */
const COMPLETE = "__complete";

/** The commands that end in order when their terminal closes. */
const HANDLING_HANG_UP: ReadonlySet<string> = new Set(["up", "post"]);

/**
 * Runs one `jflow` command and returns its exit code. Data goes to stdout, everything else to
 * stderr. A reader that closes the pipe (`| head`) ends the command without an error, but not a
 * command that changes something: such a command finishes without output.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let name = "";
  handleHangUp(() => HANDLING_HANG_UP.has(name));
  for (const stream of [terminal.stdout, terminal.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // EIO: the terminal was closed.
      if (error.code === "EPIPE" || error.code === "EIO") {
        if (!FINISHING.has(name)) process.exit(EXIT.ok);
        return;
      }
      terminal.stderr.write(`jflow: cannot write the output: ${error.message}\n`);
      process.exit(EXIT.failed);
    });
  }
  let exitCode: number = EXIT.ok;
  const called = commandNameOf(argv[1]);
  const program = buildProgram(terminal, called, (code) => {
    exitCode = code;
  });
  program.hook("preAction", (_, command) => {
    name = command.name();
  });
  if (argv[2] === COMPLETE) {
    const { complete } = await import("./commands/completion/complete.ts");
    return complete(program, terminal, argv.slice(argv[3] === "--" ? 4 : 3));
  }
  try {
    await program.parseAsync(withoutHelp(program, argv));
    return exitCode;
  } catch (thrown) {
    return reportError(thrown, terminal, called);
  }
}

/**
 * Returns the arguments without `help` in front of a word that is not a command, so that the word
 * is explained.
 */
function withoutHelp(program: Command, argv: readonly string[]): string[] {
  const [, , first, word] = argv;
  const isUnknown =
    first === "help" &&
    word?.startsWith("-") === false &&
    !program.commands.some((command) => command.name() === word);
  return isUnknown && word !== "help" ? argv.toSpliced(2, 1) : [...argv];
}

/**
 * Writes an error to stderr and returns its exit code. Shows the stack only for an internal error:
 * what the operating system refuses, such as a write to a full disk, is not one.
 */
async function reportError(
  thrown: unknown,
  terminal: Terminal,
  called: CommandName,
): Promise<number> {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { toJflowError } = await import("../util/errors.ts");
  const error = toJflowError(thrown);
  terminal.stderr.write(`jflow: ${nameCommands(cleanText(error.message), called)}\n`);
  const isInternal = error.code === "INTERNAL" && !(thrown instanceof Error && "syscall" in thrown);
  if (isInternal) terminal.stderr.write(`${(thrown as Error).stack ?? ""}\n`);
  return exitCodeOf(error.code);
}

/**
 * Returns all commands. Each imports its body when it runs. `called` is how the user calls jflow.
 * `finish` receives the exit code of the command that ran.
 */
export function buildProgram(
  terminal: Terminal,
  called: CommandName,
  finish: (code: number) => void,
): Command {
  const program = new Command(called)
    .description("Run flows of executors on this machine, with replicas, shards and a gateway")
    .version(jflowVersion(), "-V, --version", "Show the version")
    .enablePositionalOptions()
    .addOption(fileOption())
    .addOption(colorOption())
    .addOption(noColorOption())
    .helpOption("-h, --help", "Show help")
    .configureHelp({ sortSubcommands: false, subcommandTerm: termOf })
    .exitOverride()
    .addHelpText("after", "\nRun jflow help <command> for the options and examples of a command.")
    .showHelpAfterError("Run jflow --help for the commands, or jflow help <command> for one.");
  program.configureOutput({
    writeOut: (text) => void terminal.stdout.write(nameCommands(text, called)),
    writeErr: (text) => void terminal.stderr.write(nameCommands(text, called)),
    outputError: (text, write) => write(explainUsage(text).replace(/^error: /, "jflow: ")),
  });
  /** Adapts a lazily imported body to commander, which passes (...args, options, command). */
  const action =
    <Options, Args extends readonly unknown[]>(load: () => Promise<Body<Options, Args>>) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const { args, options } = passFlowFile(program, command, given.slice(0, -2));
      const body = await load();
      const context = contextOf([command, program], terminal, called);
      finish(await body(context, options as Options, ...(args as unknown as Args)));
    };
  addRunCommands(program, action);
  addInspectCommands(program, action);
  addObserveCommands(program, action);
  addOperateCommands(program, action);
  addShardCommands(program, action);
  program.addHelpCommand(
    new Command("help")
      .argument("[command]", "Command to show help for")
      .description("Show help for a command")
      .helpGroup("Inspect a flow:"),
  );
  for (const command of program.commands)
    command
      .exitOverride()
      .addOption(colorOption().hideHelp())
      .addOption(noColorOption().hideHelp());
  return program;
}

/** Returns a command with its arguments, as the list of commands shows it. */
function termOf(command: Command): string {
  const names = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [command.name(), ...names].join(" ");
}

/** Reads the options of the first command that has them. */
function contextOf(
  commands: readonly Command[],
  terminal: Terminal,
  name: CommandName,
): CommandContext {
  const flag = commands
    .find((command) => command.getOptionValueSource("color") === "cli")
    ?.opts<{ color: boolean }>().color;
  return {
    terminal,
    name,
    color: {
      stdout: wantsColor(terminal.stdout, terminal.env, flag),
      stderr: wantsColor(terminal.stderr, terminal.env, flag),
    },
  };
}
