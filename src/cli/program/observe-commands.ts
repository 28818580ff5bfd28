import { Option, type Command } from "commander";
import type { Action } from "./action.ts";
import { addCommandHelp } from "./command-help.ts";
import {
  countOrZeroOf,
  fileOption,
  longFileOption,
  nameOption,
  outputOption,
  timeOf,
} from "./options.ts";

const ADDRESS = "Executor, shard or replica, such as indexer, indexer/1 or indexer/1/0";

/** Declares the commands that show what happens in a running flow. */
export function addObserveCommands(program: Command, action: Action): void {
  addDescribe(program, action);
  addEvents(program, action);
  addTop(program, action);
  addDoctor(program, action);
}

function addDescribe(program: Command, action: Action): void {
  const command = program
    .command("describe")
    .argument("<address>", ADDRESS)
    .description("Show everything about a replica, a shard or an executor, and what to do")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(outputOption("text", "json"))
    .action(action(async () => (await import("../commands/observe/describe.ts")).describe));
  addCommandHelp(command, {
    examples: [
      ["jflow describe indexer/0/1", "Show state, process, traffic, last exit and events"],
      ["jflow describe indexer -o json", "Show an executor as JSON"],
    ],
  });
}

function addEvents(program: Command, action: Action): void {
  const command = program
    .command("events")
    .argument("[address]", ADDRESS)
    .description("List what happened: starts, exits, restarts, promotions, operations")
    .addOption(longFileOption())
    .addOption(nameOption())
    .addOption(outputOption("table", "json"))
    .option("-f, --follow", "Wait for new events until Ctrl-C. The flow file is --file")
    .option("-n, --tail <events>", "Show only the last events", countOrZeroOf)
    .option(
      "--since <time>",
      "Show only events after this: 5m, 2d, 14:30, 2026-11-30T14:30",
      timeOf,
    )
    .action(action(async () => (await import("../commands/observe/events.ts")).events));
  addCommandHelp(command, {
    examples: [
      ["jflow events -f", "Follow what happens in the flow"],
      ["jflow events indexer/1 --since 1h", "List the events of one shard in the last hour"],
      ["jflow events -f -o json", "Write each event as one line of JSON"],
    ],
  });
}

const SORT_KEYS = ["cpu", "rss", "qps", "p99", "in-flight", "errors", "restarts", "docs"];

function addTop(program: Command, action: Action): void {
  const command = program
    .command("top")
    .argument("[address]", ADDRESS)
    .description("Show the replicas with the most CPU, memory or traffic, until q")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(
      new Option("--sort <column>", "Sort by this, the largest first")
        .choices(SORT_KEYS)
        .default("cpu"),
    )
    .action(action(async () => (await import("../commands/observe/top.ts")).top));
  addCommandHelp(command, {
    examples: [
      ["jflow top", "Watch the replicas, the busiest first"],
      ["jflow top indexer --sort rss", "Watch the memory of one executor"],
    ],
  });
}

function addDoctor(program: Command, action: Action): void {
  const command = program
    .command("doctor")
    .description("Check what jflow and the flow file need on this machine")
    .addOption(fileOption())
    .option("--clean", "Remove the runtime files of supervisors that are gone, never data")
    .addOption(outputOption("text", "json"))
    .action(action(async () => (await import("../commands/doctor/doctor.ts")).doctor));
  addCommandHelp(command, {
    examples: [
      ["jflow doctor", "Check Node.js, the native module, ports, limits, the disk and old files"],
      ["jflow doctor --clean", "Remove what killed supervisors left in the runtime folder"],
    ],
    exitCodes: { 1: "A check found an error" },
  });
}
