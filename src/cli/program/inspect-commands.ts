import type { Command } from "commander";
import type { Action } from "./action.ts";
import { countOf, durationOf, fileOption, nameOption, outputOption } from "./options.ts";

/** Declares the commands that show a flow and check its file. */
export function addLooking(program: Command, action: Action): void {
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
    .action(action(async () => (await import("../commands/inspect/ps.ts")).ps));
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
    .action(action(async () => (await import("../commands/inspect/logs.ts")).logs));
  program
    .command("ls")
    .description("all running flows of this user")
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/inspect/ls.ts")).ls));
  program
    .command("config")
    .argument("[flow.yml]", "the flow file")
    .description("check a flow file and print it with every default filled")
    .addOption(outputOption("yaml", "json"))
    .option("-q, --quiet", "only check")
    .action(action(async () => (await import("../commands/inspect/config.ts")).config));
  program
    .command("schema")
    .description("print the JSON Schema of flow files, for editors")
    .action(action(async () => (await import("../commands/inspect/schema.ts")).schema));
  program
    .command("version")
    .description("versions of jflow and what it stands on")
    .addOption(outputOption("text", "json"))
    .action(action(async () => (await import("../commands/inspect/version.ts")).version));
}
