import { Argument, Option, type Command } from "commander";
import type { Action } from "./action.ts";
import { addCommandHelp } from "./command-help.ts";
import {
  countOrZeroOf,
  durationOf,
  timeOf,
  envFileOption,
  fileOption,
  flowFileArgument,
  longFileOption,
  nameOption,
  outputOption,
} from "./options.ts";

const ADDRESS = "Executor, shard or replica, such as indexer, indexer/1 or indexer/1/0";

/** Declares the commands that show a flow and check its file. */
export function addInspectCommands(program: Command, action: Action): void {
  program.commandsGroup("Inspect a flow:");
  addPs(program, action);
  addLogs(program, action);
  addWait(program, action);
  addLs(program, action);
  addUi(program, action);
  addConfig(program, action);
  addSchema(program, action);
  addCompletion(program, action);
  addVersion(program, action);
}

function addPs(program: Command, action: Action): void {
  const command = program
    .command("ps")
    .argument("[address]", ADDRESS)
    .description("List replicas with their state and traffic")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(outputOption("table", "wide", "json", "name"))
    .addOption(
      new Option("--by <unit>", "One line for each of these")
        .choices(["replica", "executor"])
        .default("replica"),
    )
    .option("-w, --watch", "Show changes until Ctrl-C")
    .option("-q, --quiet", "Print addresses only")
    .option("--exit-code", "Exit with 1 if the flow is yellow, 4 if it is red")
    .action(action(async () => (await import("../commands/inspect/ps.ts")).ps));
  addCommandHelp(command, {
    examples: [
      ["jflow ps", "List all replicas"],
      ["jflow ps indexer/1 -o wide", "List the replicas of one shard, with all columns"],
      ["jflow ps -w --by executor", "Watch the executors with their traffic"],
    ],
  });
}

function addLogs(program: Command, action: Action): void {
  const command = program
    .command("logs")
    .argument("[address]", ADDRESS)
    .description("Show the output and the events of replicas, also of a stopped flow")
    .addOption(longFileOption())
    .addOption(nameOption())
    .option(
      "-f, --follow",
      "Wait for new lines until Ctrl-C, also across restarts. The flow file is --file",
    )
    .option("-n, --tail <lines>", "Show only the last lines of each replica", countOrZeroOf)
    .option("--since <time>", "Show only lines after this: 5m, 2d, 14:30, 2026-11-30T14:30", timeOf)
    .option("--grep <pattern>", "Show only lines that match this regular expression (RE2)")
    .option("--previous", "Show only the process of each replica before its last restart")
    .option("-t, --timestamps", "Show the time of each line")
    .option("--json", "Print each line as a JSON object")
    .action(action(async () => (await import("../commands/logs/logs.ts")).logs));
  addCommandHelp(command, {
    examples: [
      ["jflow logs -f", "Follow the output of all replicas"],
      ["jflow logs indexer/1/0 -n 100 -t", "Show the last 100 lines of a replica, with times"],
      ["jflow logs indexer --previous", "Show why the last processes of an executor ended"],
      ["jflow logs --json --grep '(?i)error' | jq -r .text", "Select lines for another program"],
    ],
  });
}

function addUi(program: Command, action: Action): void {
  const command = program
    .command("ui")
    .description("Print the address of the page of a running flow")
    .addOption(fileOption())
    .addOption(nameOption())
    .option("--open", "Open the page in a browser, too")
    .action(action(async () => (await import("../commands/inspect/ui.ts")).ui));
  addCommandHelp(command, {
    examples: [
      ["jflow ui", "Print the address, with the token that allows changes"],
      ["jflow ui --open", "Open the page"],
    ],
  });
}

function addWait(program: Command, action: Action): void {
  const command = program
    .command("wait")
    .argument("[address...]", "Executors, shards or replicas; default: the whole flow")
    .description("Wait until replicas are ready or stopped, or shards are green")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(
      new Option("--for <state>", "State to wait for")
        .choices(["ready", "green", "yellow", "stopped"])
        .default("ready"),
    )
    .addOption(
      new Option("--timeout <duration>", "Maximum time to wait")
        .argParser(durationOf)
        .default(30_000, "30s"),
    )
    .action(action(async () => (await import("../commands/wait/wait.ts")).wait));
  addCommandHelp(command, {
    examples: [
      ["jflow wait", "Wait until every replica of the flow is ready"],
      ["jflow wait indexer encoder/0/1 --timeout 2m", "Wait for an executor and a replica"],
      ["jflow wait --for stopped", "Wait until the flow has stopped"],
    ],
    exitCodes: {
      1: "The flow stopped meanwhile",
      4: "Late, or a replica has failed; the message names what is late",
    },
  });
}

function addLs(program: Command, action: Action): void {
  const command = program
    .command("ls")
    .description("List the running flows of this user with the same XDG_RUNTIME_DIR")
    .addOption(new Option("-f, --file <flow.yml>", "Show only the flow of this file"))
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/inspect/ls.ts")).ls));
  addCommandHelp(command, { examples: [["jflow ls", "List running flows with their files"]] });
}

function addConfig(program: Command, action: Action): void {
  const command = program
    .command("config")
    .addArgument(flowFileArgument())
    .description("Check a flow file and print it with all defaults")
    .addOption(fileOption())
    .addOption(envFileOption())
    .addOption(outputOption("yaml", "json"))
    .option("-q, --quiet", "Check the file and print nothing")
    .option("--show-env", "Print the values of env, which may be secrets")
    .action(action(async () => (await import("../commands/inspect/config.ts")).config));
  addCommandHelp(command, {
    examples: [
      ["jflow config", "Print flow.yml with defaults, variables and polling"],
      ["jflow config -q search.yml", "Check search.yml"],
      ["jflow config --show-env", "Print the values of env too"],
    ],
    exitCodes: { 2: "The flow file is not valid" },
  });
}

function addSchema(program: Command, action: Action): void {
  const command = program
    .command("schema")
    .description("Print the JSON Schema of flow files, for editors")
    .addOption(fileOption().hideHelp())
    .action(action(async () => (await import("../commands/inspect/schema.ts")).schema));
  addCommandHelp(command, {
    examples: [["jflow schema > flow.schema.json", "Save the schema to a file"]],
  });
}

function addCompletion(program: Command, action: Action): void {
  const command = program
    .command("completion")
    .addArgument(new Argument("<shell>", "Shell").choices(["bash", "zsh", "fish", "powershell"]))
    .description("Print the script that makes a shell complete commands and live addresses")
    .addOption(fileOption().hideHelp())
    .action(action(async () => (await import("../commands/completion/completion.ts")).completion));
  addCommandHelp(command, {
    examples: [
      ["source <(jflow completion bash)", "Complete in this shell; add the line to ~/.bashrc"],
      ["jflow completion fish | source", "Complete in fish"],
    ],
  });
}

function addVersion(program: Command, action: Action): void {
  const command = program
    .command("version")
    .description("Print the versions of jflow and its dependencies")
    .addOption(fileOption().hideHelp())
    .addOption(outputOption("text", "json"))
    .action(action(async () => (await import("../commands/inspect/version.ts")).version));
  addCommandHelp(command, { examples: [["jflow version -o json", "Print the versions as JSON"]] });
}
