import { Option, type Command } from "commander";
import type { Action } from "./action.ts";
import { countOf, durationOf, fileOption, nameOption, outputOption } from "./options.ts";

/** Declares the commands about shards and their copies. */
export function addShards(program: Command, action: Action): void {
  program.commandsGroup("Shards:");
  const onFlow = (command: Command): Command =>
    command.addOption(fileOption()).addOption(nameOption());
  onFlow(program.command("shards"))
    .argument("[address]", "such as indexer, indexer/1 or indexer/1/0")
    .description("every copy of every shard: role, state, checkpoints")
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/shards/shards.ts")).shards));
  onFlow(program.command("health"))
    .description("green, yellow or red; exit 0, 0 or 1")
    .addOption(
      new Option("--wait <colour>", "wait until it is at least this").choices(["green", "yellow"]),
    )
    .option("--timeout <duration>", "how long to wait (exit 4 after it)", durationOf, 30_000)
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/shards/health.ts")).health));
  onFlow(program.command("explain"))
    .argument("<address>", "such as indexer/1/0")
    .description("why a copy is where it is, and what would change it")
    .action(action(async () => (await import("../commands/shards/explain.ts")).explain));
  onFlow(program.command("verify"))
    .argument("[address]", "such as indexer or indexer/1")
    .description(
      "compare all copies of every shard; exit 1 when they differ or a shard has no primary",
    )
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/shards/verify.ts")).verify));
  onFlow(program.command("stop"))
    .argument("<address>", "such as indexer/1/0")
    .description("stop a replica and leave it stopped")
    .action(action(async () => (await import("../commands/shards/stop-start.ts")).stop));
  onFlow(program.command("start"))
    .argument("<address>", "such as indexer/1/0")
    .description("start a stopped or failed replica")
    .action(action(async () => (await import("../commands/shards/stop-start.ts")).start));
  program
    .command("reshard")
    .argument("<executor>", "such as indexer")
    .requiredOption("--shards <number>", "how many shards its data is to have", countOf)
    .addOption(fileOption())
    .description("put the data of a stopped flow into another number of shards")
    .action(action(async () => (await import("../commands/shards/reshard.ts")).reshard));
  onFlow(program.command("reroute"))
    .requiredOption(
      "--allocate-stale <address>",
      "make this copy the primary though it may lack acknowledged writes",
    )
    .option("--accept-data-loss", "yes, what it lacks is lost")
    .description("the last way out of a red shard")
    .action(action(async () => (await import("../commands/shards/reroute.ts")).reroute));
}
