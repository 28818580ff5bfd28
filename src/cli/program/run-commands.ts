import { Option, type Command } from "commander";
import type { Action } from "./action.ts";
import { collect, countOf, durationOf, fileOption, nameOption } from "./options.ts";

/** Declares the commands that start, feed and stop a flow. */
export function addRunning(program: Command, action: Action): void {
  program.commandsGroup("Running a flow:");
  program
    .command("init")
    .argument("[folder]", "where", ".")
    .description("write a small flow, an executor and data to start from")
    .action(action(async () => (await import("../commands/run/init.ts")).init));
  program
    .command("up")
    .argument("[flow.yml]", "the flow file")
    .description("start a flow and stay attached to it; Ctrl-C stops it")
    .option("-d, --detach", "let go of the flow when it is ready")
    .option("--timeout <duration>", "give up when it is not ready by then", durationOf)
    .action(action(async () => (await import("../commands/run/up.ts")).up))
    .addHelpText(
      "after",
      "\nExamples:\n  jflow up                 the flow.yml found from here upwards\n  jflow up -d search.yml   start it, wait till ready, return\n",
    );
  addPost(program, action);
  program
    .command("down")
    .argument("[flow.yml]", "the flow file")
    .description("drain a flow and stop it")
    .addOption(nameOption())
    .option("-t, --timeout <duration>", "kill what has not stopped by then", durationOf, 10_000)
    .action(action(async () => (await import("../commands/run/down.ts")).down));
}

function addPost(program: Command, action: Action): void {
  program
    .command("post")
    .argument("<endpoint>", "such as /index or /search")
    .description("send documents to a running flow")
    .addOption(fileOption())
    .addOption(nameOption())
    .option(
      "--host <url>",
      "a gateway by address, such as grpc://127.0.0.1:8080, instead of a flow",
    )
    .option(
      "--input <source>",
      "data.jsonl, data.csv, either .gz, a glob of text files, or - for stdin",
      collect,
    )
    .option("--text <text>", "one document with this text", collect)
    .option("--batch <documents>", "documents per request", countOf, 100)
    .option("--concurrency <requests>", "requests in flight", countOf, 8)
    .option("--limit <documents>", "send no more than this many", countOf)
    .option("--param <key=value>", "a request parameter; JSON values are taken as such", collect)
    .option("--target <regex>", "only the executors whose name this matches")
    .option("--output <file>", "write the answered documents as JSON Lines; - is stdout")
    .addOption(
      new Option("--on-error <what>", "when documents fail")
        .choices(["stop", "skip"])
        .default("stop"),
    )
    .option("--errors <file>", "write failed documents as JSON Lines")
    .addOption(
      new Option("--progress <how>", "how progress is shown")
        .choices(["auto", "bar", "plain", "none"])
        .default("auto"),
    )
    .action(action(async () => (await import("../commands/post/post.ts")).post))
    .addHelpText(
      "after",
      "\nExamples:\n  jflow post /index --input data.jsonl\n  jflow post /search --text 'a small dog' --param limit=5 --output -\n  zcat huge.jsonl.gz | jflow post /index --input - --on-error skip --errors bad.jsonl\n",
    );
}
