import { Option, type Command } from "commander";
import type { Action } from "./action.ts";
import { addCommandHelp } from "./command-help.ts";
import { durationOf, envFileOption, fileOption, nameOption } from "./options.ts";

/** Declares the commands that change a running flow or copy its data. */
export function addOperateCommands(program: Command, action: Action): void {
  program.commandsGroup("Change a running flow:");
  addScale(program, action);
  addRestart(program, action);
  addCancel(program, action);
  program.commandsGroup("Copy data:");
  addBackup(program, action);
  addRestore(program, action);
  addExport(program, action);
}

/** `--timeout` of an operation. */
const timeoutOption = (): Option =>
  new Option(
    "--timeout <duration>",
    "Fail if a replica is not ready in this time (default: timeout_ready of the flow file)",
  ).argParser(durationOf);

const ENDS = {
  4: "A new replica is not ready, or jflow cancel; the earlier replicas keep serving",
  130: "Ctrl-C; the operation continues until it ends or jflow cancel",
} as const;

function addScale(program: Command, action: Action): void {
  const command = program
    .command("scale")
    .argument("<executor=number...>", "Number of replicas of each shard, such as encoder=5")
    .description("Change the number of replicas while the flow serves")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(timeoutOption())
    .addOption(new Option("--shards <number>").hideHelp())
    .action(action(async () => (await import("../commands/operate/scale.ts")).scale));
  addCommandHelp(command, {
    examples: [
      ["jflow scale encoder=5", "Run five replicas of an executor"],
      [
        "jflow scale encoder=2 indexer=3",
        "Change two executors; each shard of indexer gets 3 copies",
      ],
    ],
    exitCodes: ENDS,
  });
}

function addRestart(program: Command, action: Action): void {
  const command = program
    .command("restart")
    .argument(
      "[address...]",
      "Executors, shards or replicas, such as indexer/1; default: all but the gateway",
    )
    .description("Replace processes one at a time while the flow serves")
    .addOption(fileOption())
    .addOption(nameOption())
    .option("--all-at-once", "Replace all at once: the executors do not serve meanwhile")
    .addOption(timeoutOption())
    .action(action(async () => (await import("../commands/operate/restart.ts")).restart));
  addCommandHelp(command, {
    examples: [
      ["jflow restart encoder", "Load the code of an executor again, without a failed request"],
      [
        "jflow restart indexer/1 --timeout 1m",
        "Replace the copies of a shard, each within a minute",
      ],
    ],
    exitCodes: ENDS,
  });
}

function addCancel(program: Command, action: Action): void {
  const command = program
    .command("cancel")
    .argument("[operation]", "The id of a scale, restart or update; default: the only one")
    .description("Cancel a change of a running flow")
    .addOption(fileOption())
    .addOption(nameOption())
    .action(action(async () => (await import("../commands/operate/cancel.ts")).cancel));
  addCommandHelp(command, {
    examples: [
      ["jflow cancel", "Cancel the operation that runs: replicas that were not replaced stay"],
      ["jflow cancel 3", "Cancel one of several operations; Ctrl-C of jflow scale prints the id"],
    ],
    exitCodes: { 1: "No operation runs", 3: "No operation has this id" },
  });
}

const EXECUTOR = "Name of the executor, such as indexer";

function addBackup(program: Command, action: Action): void {
  const command = program
    .command("backup")
    .argument("<executor>", EXECUTOR)
    .argument("<folder>", "New or empty folder")
    .description("Write a backup of the data of an executor while the flow serves")
    .addOption(fileOption())
    .addOption(nameOption())
    .action(action(async () => (await import("../commands/data/backup.ts")).backup));
  addCommandHelp(command, {
    examples: [
      ["jflow backup indexer backups/monday", "Write all acknowledged documents into a folder"],
      ["jflow backup indexer /mnt/backup/1 --name my-flow", "Back up a flow by its name"],
    ],
    exitCodes: { 4: "A shard has no primary; the folder is incomplete" },
  });
}

function addRestore(program: Command, action: Action): void {
  const command = program
    .command("restore")
    .argument("<executor>", EXECUTOR)
    .argument("<folder>", "Folder of jflow backup")
    .description("Replace the data of an executor by a backup, without a failed request")
    .option("--yes", "Do not ask: writes acknowledged after the backup are lost")
    .addOption(envFileOption())
    .addOption(fileOption())
    .addOption(nameOption())
    .action(action(async () => (await import("../commands/data/restore.ts")).restore));
  addCommandHelp(command, {
    examples: [
      ["jflow restore indexer backups/monday", "Go back to the data of a backup"],
      ["jflow restore indexer backups/monday --yes", "Restore from a script"],
    ],
    exitCodes: {
      2: "The backup does not fit: another executor or number of shards",
      4: "The backup is damaged or cannot be loaded, or a shard has no primary",
    },
  });
}

function addExport(program: Command, action: Action): void {
  const command = program
    .command("export-documents")
    .argument("<executor>", EXECUTOR)
    .description("Write all documents of an executor as JSON Lines")
    .option("-o, --output <file>", "File to write instead of stdout")
    .option("--without-embeddings", "Leave out the embeddings")
    .addOption(fileOption())
    .addOption(nameOption())
    .action(
      action(async () => (await import("../commands/data/export-documents.ts")).exportDocuments),
    );
  addCommandHelp(command, {
    examples: [
      ["jflow export-documents indexer -o documents.jsonl", "Write all documents into a file"],
      ["jflow export-documents indexer --without-embeddings | head", "Look at the first documents"],
    ],
    exitCodes: { 4: "A shard has no primary; no document is written" },
  });
}
