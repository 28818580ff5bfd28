import { Option, type Command } from "commander";
import type { Action } from "./action.ts";
import { addCommandHelp } from "./command-help.ts";
import { addFormatOptions, inputOption } from "./input-options.ts";
import { addEval, addSearch } from "./search-commands.ts";
import {
  collect,
  countOf,
  durationOf,
  envFileOption,
  fileOption,
  flowFileArgument,
  hostOption,
  nameOption,
  paramOption,
  targetOption,
} from "./options.ts";

/** Declares the commands that create, start, feed and stop a flow. */
export function addRunCommands(program: Command, action: Action): void {
  program.commandsGroup("Run a flow:");
  addInit(program, action);
  addUp(program, action);
  addPost(program, action);
  addSearch(program, action);
  addEval(program, action);
  addIdf(program, action);
  addDown(program, action);
}

function addInit(program: Command, action: Action): void {
  const command = program
    .command("init")
    .argument("[folder]", "Folder to create the files in", ".")
    .description("Create a sample flow with an executor and data")
    .action(action(async () => (await import("../commands/run/init.ts")).init));
  addCommandHelp(command, {
    examples: [
      [
        "jflow init my-flow",
        "Create flow.yml, shout.ts, data.jsonl and the files of an editor in my-flow/",
      ],
    ],
    exitCodes: { 1: "A file already exists; no file is overwritten" },
  });
}

function addUp(program: Command, action: Action): void {
  const command = program
    .command("up")
    .addArgument(flowFileArgument())
    .description("Start a flow and show its output, or bring a running flow up to date")
    .addOption(fileOption())
    .addOption(envFileOption())
    .option("-d, --detach", "Return when all replicas are ready and leave the flow running")
    .option("--no-wait", "Return at once and leave the flow running while it starts")
    .option(
      "--timeout <duration>",
      "Stop the flow if it is not ready in this time (default: no limit)",
      durationOf,
    )
    .option("--watch", "Take saved files into the running flow (default: watch of the flow file)")
    .option("--no-watch", "Do not watch files, whatever the flow file says")
    .option("--dry-run", "Print what would change, and change nothing")
    .option("--exit-code", "With --dry-run: exit with 1 if anything would change")
    .addOption(
      new Option("-o, --output <format>", "Format of the printed changes").choices([
        "text",
        "json",
      ]),
    )
    .action(action(async () => (await import("../commands/run/up.ts")).up));
  addCommandHelp(command, {
    examples: [
      ["jflow up", "Start flow.yml in this folder or above"],
      ["jflow up -d search.yml", "Start search.yml in the background"],
      ["jflow up --env-file prod.env", "Read variables from prod.env, after .env"],
      ["jflow up --dry-run", "Print what a changed file would change in the running flow"],
      ["jflow up --watch", "Replace the processes of an executor when its files are saved"],
      ["jflow up -d --timeout 2m", "Stop the flow, and name the late replicas, after two minutes"],
    ],
    exitCodes: {
      1: "With --dry-run --exit-code: something would change",
      2: "The flow file is not valid",
      4: "The flow did not become ready, or a shard is missing",
      130: "Ctrl-C before the flow was ready, or a second Ctrl-C",
    },
  });
}

function addPost(program: Command, action: Action): void {
  const command = addFormatOptions(program.command("post").addOption(inputOption()))
    .option("--id <key>", "Key or column that holds the ids")
    .argument("<endpoint>", "Endpoint of the executors, such as /index or /search")
    .description("Send documents to a running flow")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(hostOption())
    .option("--text <text>", "Send one document with this text. Repeatable", collect)
    .option("--batch <documents>", "Maximum number of documents in a request", countOf, 100)
    .option("--concurrency <requests>", "Maximum number of requests in flight", countOf, 8)
    .option(
      "--limit <documents>",
      "Read at most this many documents. For results: --param limit=",
      countOf,
    )
    .addOption(paramOption())
    .addOption(targetOption())
    .option("--output <file>", "Write the returned documents as JSON Lines; - is stdout")
    .option("--with-embeddings", "Keep embeddings in the returned documents")
    .option("--replace", "Let /update replace whole documents, instead of merging fields")
    .addOption(
      new Option("--on-error <action>", "Action when documents fail")
        .choices(["stop", "skip"])
        .default("stop"),
    )
    .option("--errors <file>", "Write the failed documents as JSON Lines")
    .addOption(
      new Option("--progress <style>", "Progress display on stderr")
        .choices(["auto", "bar", "plain", "none"])
        .default("auto"),
    )
    .action(action(async () => (await import("../commands/post/post.ts")).post));
  addCommandHelp(command, {
    examples: [
      ["jflow post /index --input data.jsonl", "Index the documents of a file"],
      [
        'jflow post /search --text "a small dog" --param limit=5 --output -',
        "Search, and print the results",
      ],
      [
        "zcat data.jsonl.gz | jflow post /index --input - --on-error skip --errors bad.jsonl",
        "Index from a pipe, skip failures, and keep them in a file",
      ],
    ],
    exitCodes: {
      1: "The gateway does not answer, or a file cannot be written",
      5: "Some documents failed",
      130: "Ctrl-C",
    },
  });
}

function addIdf(program: Command, action: Action): void {
  const command = addFormatOptions(
    program
      .command("idf")
      .addOption(inputOption().makeOptionMandatory())
      .description("Count the terms of documents for TfidfEncoder"),
  ).action(action(async () => (await import("../commands/run/idf.ts")).idf));
  addCommandHelp(command, {
    examples: [
      [
        "jflow idf --input data.jsonl > idf.json",
        "Write the table for uses_with: { idf: idf.json }",
      ],
      [
        "jflow idf --input products.csv --map description=text > idf.json",
        "Count the words of one column",
      ],
    ],
    exitCodes: { 2: "A line cannot be read, or no document has a text" },
  });
}

function addDown(program: Command, action: Action): void {
  const command = program
    .command("down")
    .addArgument(flowFileArgument())
    .description("Stop a flow after its requests in flight have finished")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(
      new Option(
        "-t, --timeout <duration>",
        "Cut requests and kill processes that still run after this time",
      )
        .argParser(durationOf)
        .default(10_000, "10s"),
    )
    .action(action(async () => (await import("../commands/run/down.ts")).down));
  addCommandHelp(command, {
    examples: [
      ["jflow down", "Stop the flow of this folder"],
      ["jflow down --name search -t 60s", "Stop a flow by its name, with a minute to finish"],
    ],
    exitCodes: {
      0: "The flow stopped, or was not running",
      4: "The flow did not stop in time",
    },
  });
}
