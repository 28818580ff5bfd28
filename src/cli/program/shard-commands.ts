import { Option, type Command } from "commander";
import type { Action } from "./action.ts";
import { addCommandHelp } from "./command-help.ts";
import {
  countOf,
  durationOf,
  envFileOption,
  fileOption,
  nameOption,
  outputOption,
} from "./options.ts";

const REPLICAS = "Executor, shard or replica, such as indexer, indexer/1 or indexer/1/0";

/** Declares the commands about shards and their copies. */
export function addShardCommands(program: Command, action: Action): void {
  program.commandsGroup("Manage shards:");
  addShards(program, action);
  addHealth(program, action);
  addExplain(program, action);
  addVerify(program, action);
  addStop(program, action);
  addStart(program, action);
  addReshard(program, action);
  addReroute(program, action);
}

/** Adds a command whose flow `-f` or `--name` selects. */
function flowCommand(program: Command, name: string): Command {
  return program.command(name).addOption(fileOption()).addOption(nameOption());
}

function addShards(program: Command, action: Action): void {
  const command = flowCommand(program, "shards")
    .argument("[address]", REPLICAS)
    .description("List the copies of each shard with their checkpoints")
    .addOption(outputOption("table", "wide", "json"))
    .action(action(async () => (await import("../commands/shards/shards.ts")).shards));
  addCommandHelp(command, {
    examples: [
      ["jflow shards", "List all copies"],
      ["jflow shards -o wide", "Show the size of logs and snapshots, and their bounds"],
      ["jflow shards indexer/1 -o json", "List the copies of one shard as JSON"],
    ],
  });
}

function addHealth(program: Command, action: Action): void {
  const command = flowCommand(program, "health")
    .description("Show whether the flow is green, yellow or red, and why")
    .addOption(
      new Option("--wait <status>", "Wait until the flow has at least this status").choices([
        "green",
        "yellow",
      ]),
    )
    .addOption(
      new Option("--timeout <duration>", "Maximum time to wait")
        .argParser(durationOf)
        .default(30_000, "30s"),
    )
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/shards/health.ts")).health));
  addCommandHelp(command, {
    examples: [
      ["jflow health", "Show the health of the flow and its executors"],
      ["jflow health --wait green --timeout 2m", "Wait until every copy is ready"],
    ],
    exitCodes: {
      0: "Green or yellow",
      1: "Red",
      4: "The status of --wait was not reached in time",
    },
  });
}

function addExplain(program: Command, action: Action): void {
  const command = flowCommand(program, "explain")
    .argument("<address>", REPLICAS)
    .description("Explain the state of a replica and how to change it")
    .action(action(async () => (await import("../commands/shards/explain.ts")).explain));
  addCommandHelp(command, {
    examples: [["jflow explain indexer/1/0", "Explain why a replica is not ready"]],
  });
}

function addVerify(program: Command, action: Action): void {
  const command = flowCommand(program, "verify")
    .argument("[address]", "Executor or shard, such as indexer or indexer/1")
    .description("Check that all copies of each shard are equal")
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/shards/verify.ts")).verify));
  addCommandHelp(command, {
    examples: [["jflow verify indexer", "Compare the copies of the shards of an executor"]],
    exitCodes: { 1: "Copies differ, or a shard has no primary" },
  });
}

function addStop(program: Command, action: Action): void {
  const command = flowCommand(program, "stop")
    .argument("<address>", REPLICAS)
    .description("Stop replicas and keep them stopped")
    .action(action(async () => (await import("../commands/shards/stop-start.ts")).stop));
  addCommandHelp(command, { examples: [["jflow stop indexer/1/0", "Stop one replica"]] });
}

function addStart(program: Command, action: Action): void {
  const command = flowCommand(program, "start")
    .argument("<address>", REPLICAS)
    .description("Start stopped or failed replicas")
    .action(action(async () => (await import("../commands/shards/stop-start.ts")).start));
  addCommandHelp(command, { examples: [["jflow start indexer/1/0", "Start one replica"]] });
}

function addReshard(program: Command, action: Action): void {
  const command = program
    .command("reshard")
    .argument("<executor>", "Name of the executor, such as indexer")
    .requiredOption("--shards <number>", "New number of shards", countOf)
    .addOption(fileOption())
    .addOption(envFileOption())
    .description("Change the number of shards of a stopped flow")
    .action(action(async () => (await import("../commands/shards/reshard.ts")).reshard));
  addCommandHelp(command, {
    examples: [["jflow reshard indexer --shards 4", "Move the data of indexer into 4 shards"]],
  });
}

function addReroute(program: Command, action: Action): void {
  const command = flowCommand(program, "reroute")
    .requiredOption(
      "--allocate-stale <address>",
      "Make this copy the primary, although it may lack acknowledged writes",
    )
    .option("--accept-data-loss", "Confirm that the missing writes are lost")
    .description("Recover a red shard from a stale copy, with data loss")
    .action(action(async () => (await import("../commands/shards/reroute.ts")).reroute));
  addCommandHelp(command, {
    examples: [
      [
        "jflow reroute --allocate-stale indexer/1/0 --accept-data-loss",
        "Continue with the data of indexer/1/0",
      ],
    ],
  });
}
