import { writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { JflowError } from "../../../util/errors.ts";
import { makeFolder } from "../../../util/files/make-folder.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

const FLOW = `# yaml-language-server: $schema=./node_modules/jflow/dist/flow.schema.json
jtype: Flow
version: "1"
name: hello
executors:
  # Turns texts into vectors. Two replicas take turns.
  - name: encoder
    uses: TfidfEncoder
    replicas: 2
  # Your own executor, in TypeScript.
  - name: shout
    uses: ./shout.ts
    uses_with: { suffix: "!" }
  # Stores the vectors in two shards, each with two copies, and merges their results.
  - name: indexer
    uses: HNSWIndexer
    uses_with: { dim: 512 }
    shards: 2
    replicas: 2
    uses_after: MatchMerger
`;

const EXECUTOR = `import { Executor, type DocumentArray } from "jflow";

/** Adds a tag to each document. Copy this class to write your own executor. */
export class Shout extends Executor<{ suffix?: string }> {
  static override readonly requests = { "/index": "shout" };

  shout(docs: DocumentArray): void {
    for (const doc of docs) doc.tags = { ...doc.tags, shout: doc.text.toUpperCase() + (this.config.suffix ?? "!") };
  }
}
`;

const DATA = [
  { id: "1", text: "a small furry animal that purrs" },
  { id: "2", text: "a loyal animal that barks and guards the house" },
  { id: "3", text: "a vehicle with two wheels that you pedal" },
  { id: "4", text: "a long yellow fruit that monkeys like" },
  { id: "5", text: "a machine that computes" },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join("");

/**
 * `jflow init [folder]`: creates a flow of three executors, one of them in TypeScript, and a few
 * documents. Never overwrites a file.
 */
export async function init(
  context: CommandContext,
  _options: object,
  folder: string,
): Promise<number> {
  const target = resolve(context.terminal.cwd(), folder);
  await makeFolder(target, 0o777);
  for (const [name, text] of Object.entries({
    "flow.yml": FLOW,
    "shout.ts": EXECUTOR,
    "data.jsonl": DATA,
  })) {
    await writeNew(join(target, name), text);
    print(context, relative(context.terminal.cwd(), join(target, name)) || name);
  }
  const cd = target === context.terminal.cwd() ? "" : `cd ${folder} && `;
  printNotice(
    context,
    `\nNext:\n  ${cd}jflow up -d\n  jflow post /index --input data.jsonl\n  jflow post /search --text "an animal" --param limit=2 --output -`,
  );
  return EXIT.ok;
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new JflowError(
      "ALREADY_EXISTS",
      `${path} already exists: choose another folder, such as jflow init my-flow`,
      {
        cause: error,
      },
    );
  }
}
