import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { CommandContext } from "./context.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { wantsColour, type Terminal } from "./terminal.ts";
import { parseDuration } from "./units.ts";
import { VERSION } from "./version.ts";

/** A command's body: imported when it runs, so that `jflow --help` loads commander only. Returns the exit code. */
type Body<Options, Args extends readonly string[]> = (
  context: CommandContext,
  options: Options,
  ...args: Args
) => Promise<number>;

/**
 * Runs one `jflow` command and returns its exit code.
 * Data goes to stdout, everything else to stderr; a reader that closes the pipe (`| head`) ends the command quietly.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  for (const stream of [terminal.stdout, terminal.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit(EXIT.ok);
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

/** Tells the user what was thrown, without a stack unless it is a defect of ours, and gives the exit code. */
async function explain(thrown: unknown, terminal: Terminal): Promise<number> {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { toJflowError } = await import("../model/errors.ts");
  const error = toJflowError(thrown);
  terminal.stderr.write(`jflow: ${error.message}\n`);
  if (error.code === "INTERNAL") terminal.stderr.write(`${(thrown as Error).stack ?? ""}\n`);
  return exitCodeOf(error.code);
}

/** All commands, each with its body imported when it runs. `finish` is told the exit code of the one that ran. */
export function buildProgram(terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command("jflow")
    .description("Run Jina-style flows of executors on this machine: replicas, shards, a gateway.")
    .version(VERSION, "-V, --version", "print the version")
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
    const flag = program.getOptionValueSource("color") === "cli" ? program.opts<{ color: boolean }>().color : undefined;
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

type Action = <Options, Args extends readonly string[]>(
  load: () => Promise<Body<Options, Args>>,
) => (...given: unknown[]) => Promise<void>;

const fileOption = (): Option =>
  new Option("-f, --file <flow.yml>", "the flow file (default: the one found from here upwards)");
const nameOption = (): Option => new Option("--name <name>", "a running flow by its name");
const outputOption = (...choices: string[]): Option =>
  new Option("-o, --output <format>", "output format").choices(choices).default(choices[0]);

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("write 30s, 500ms or 2m.");
  return ms;
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("write a whole number of at least 1.");
  return Number(text);
}

const collect = (value: string, previous: readonly string[] | undefined): string[] => [...(previous ?? []), value];

function addRunning(program: Command, action: Action): void {
  program.commandsGroup("Running a flow:");
  program
    .command("init")
    .argument("[folder]", "where", ".")
    .description("write a small flow, an executor and data to start from")
    .action(action(async () => (await import("./commands/init.ts")).init));
  program
    .command("up")
    .argument("[flow.yml]", "the flow file")
    .description("start a flow and stay attached to it; Ctrl-C stops it")
    .option("-d, --detach", "let go of the flow when it is ready")
    .option("--timeout <duration>", "give up when it is not ready by then", durationOf)
    .action(action(async () => (await import("./commands/up.ts")).up))
    .addHelpText(
      "after",
      "\nExamples:\n  jflow up                 the flow.yml found from here upwards\n  jflow up -d search.yml   start it, wait till ready, return\n",
    );
  program
    .command("post")
    .argument("<endpoint>", "such as /index or /search")
    .description("send documents to a running flow")
    .addOption(fileOption())
    .addOption(nameOption())
    .option("--host <url>", "a gateway by address, such as grpc://127.0.0.1:8080, instead of a flow")
    .option("--input <source>", "data.jsonl, data.csv, either .gz, a glob of text files, or - for stdin", collect)
    .option("--text <text>", "one document with this text", collect)
    .option("--batch <documents>", "documents per request", countOf, 100)
    .option("--concurrency <requests>", "requests in flight", countOf, 8)
    .option("--limit <documents>", "send no more than this many", countOf)
    .option("--param <key=value>", "a request parameter; JSON values are taken as such", collect)
    .option("--target <regex>", "only the executors whose name this matches")
    .option("--output <file>", "write the answered documents as JSON Lines; - is stdout")
    .addOption(new Option("--on-error <what>", "when documents fail").choices(["stop", "skip"]).default("stop"))
    .option("--errors <file>", "write failed documents as JSON Lines")
    .addOption(
      new Option("--progress <how>", "how progress is shown").choices(["auto", "bar", "plain", "none"]).default("auto"),
    )
    .action(action(async () => (await import("./commands/post.ts")).post))
    .addHelpText(
      "after",
      "\nExamples:\n  jflow post /index --input data.jsonl\n  jflow post /search --text 'a small dog' --param limit=5 --output -\n  zcat huge.jsonl.gz | jflow post /index --input - --on-error skip --errors bad.jsonl\n",
    );
  program
    .command("down")
    .argument("[flow.yml]", "the flow file")
    .description("drain a flow and stop it")
    .addOption(nameOption())
    .option("-t, --timeout <duration>", "kill what has not stopped by then", durationOf, 10_000)
    .action(action(async () => (await import("./commands/down.ts")).down));
}

function addLooking(program: Command, action: Action): void {
  program.commandsGroup("Looking at it:");
  program
    .command("ps")
    .argument("[address]", "such as indexer, indexer/1 or indexer/1/0")
    .description("replicas, their state and traffic")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(outputOption("table", "wide", "json", "name"))
    .option("-q, --quiet", "addresses only")
    .option("--exit-code", "exit 1 when yellow, 4 when red")
    .action(action(async () => (await import("./commands/ps.ts")).ps));
  program
    .command("logs")
    .argument("[address]", "such as indexer, indexer/1 or indexer/1/0")
    .description("output of the replicas")
    .option("--file <flow.yml>", "the flow file (default: the one found from here upwards)")
    .addOption(nameOption())
    .option("-f, --follow", "go on as lines come; survives restarts")
    .option("-n, --tail <lines>", "only the last lines of each replica", countOf)
    .option("--since <duration>", "only lines younger than this", durationOf)
    .option("-t, --timestamps", "with the time of each line")
    .action(action(async () => (await import("./commands/logs.ts")).logs));
  program
    .command("ls")
    .description("all running flows of this user")
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("./commands/ls.ts")).ls));
  program
    .command("config")
    .argument("[flow.yml]", "the flow file")
    .description("check a flow file and print it with every default filled")
    .addOption(outputOption("yaml", "json"))
    .option("-q, --quiet", "only check")
    .action(action(async () => (await import("./commands/config.ts")).config));
  program
    .command("schema")
    .description("print the JSON Schema of flow files, for editors")
    .action(action(async () => (await import("./commands/schema.ts")).schema));
  program
    .command("version")
    .description("versions of jflow and what it stands on")
    .addOption(outputOption("text", "json"))
    .action(action(async () => (await import("./commands/version.ts")).version));
}

function addShards(program: Command, action: Action): void {
  program.commandsGroup("Shards:");
  const onFlow = (command: Command): Command => command.addOption(fileOption()).addOption(nameOption());
  onFlow(program.command("shards"))
    .argument("[address]", "such as indexer, indexer/1 or indexer/1/0")
    .description("every copy of every shard: role, state, checkpoints")
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("./commands/shards.ts")).shards));
  onFlow(program.command("health"))
    .description("green, yellow or red; exit 0, 0 or 1")
    .addOption(new Option("--wait <colour>", "wait until it is at least this").choices(["green", "yellow"]))
    .option("--timeout <duration>", "how long to wait (exit 4 after it)", durationOf, 30_000)
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("./commands/health.ts")).health));
  onFlow(program.command("explain"))
    .argument("<address>", "such as indexer/1/0")
    .description("why a copy is where it is, and what would change it")
    .action(action(async () => (await import("./commands/explain.ts")).explain));
  onFlow(program.command("verify"))
    .argument("[address]", "such as indexer or indexer/1")
    .description("compare all copies of every shard; exit 1 when they differ")
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("./commands/verify.ts")).verify));
  onFlow(program.command("stop"))
    .argument("<address>", "such as indexer/1/0")
    .description("stop a replica and leave it stopped")
    .action(action(async () => (await import("./commands/stop-start.ts")).stop));
  onFlow(program.command("start"))
    .argument("<address>", "such as indexer/1/0")
    .description("start a stopped or failed replica")
    .action(action(async () => (await import("./commands/stop-start.ts")).start));
  program
    .command("reshard")
    .argument("<executor>", "such as indexer")
    .requiredOption("--shards <number>", "how many shards its data is to have", countOf)
    .addOption(fileOption())
    .description("put the data of a stopped flow into another number of shards")
    .action(action(async () => (await import("./commands/reshard.ts")).reshard));
  onFlow(program.command("reroute"))
    .requiredOption("--allocate-stale <address>", "make this copy the primary though it may lack acknowledged writes")
    .option("--accept-data-loss", "yes, what it lacks is lost")
    .description("the last way out of a red shard")
    .action(action(async () => (await import("./commands/reroute.ts")).reroute));
}
