import { existsSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { JflowError } from "../../../util/errors.ts";
import { makeFolder } from "../../../util/files/make-folder.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { jflowVersion } from "../../../util/version.ts";
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

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023", "esnext.disposable"],
    "module": "nodenext",
    "types": [],
    "strict": true,
    "noImplicitOverride": true,
    "noEmit": true
  },
  "include": ["*.ts"]
}
`;

/** The folder of the installed package, with package.json. */
const PACKAGE = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/\/$/, "");

/** A copy that npm did not install is named by its folder. */
function packageJson(): string {
  const isInstalled = basename(dirname(PACKAGE)) === "node_modules";
  const content = {
    private: true,
    type: "module",
    dependencies: { jflow: isInstalled ? `^${jflowVersion()}` : `file:${PACKAGE}` },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Links the package, so that types and the schema resolve before `npm install`. */
async function linkPackage(target: string): Promise<void> {
  const link = join(target, "node_modules", "jflow");
  if (existsSync(link)) return;
  await makeFolder(dirname(link));
  await symlink(PACKAGE, link, "dir");
}

/**
 * `jflow init [folder]`: creates a flow of three executors, one of them in TypeScript, a few
 * documents, and what an editor needs. Never overwrites a file.
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
    "package.json": packageJson(),
    "tsconfig.json": TSCONFIG,
  })) {
    await writeNew(join(target, name), text);
    print(context, relative(context.terminal.cwd(), join(target, name)) || name);
  }
  await linkPackage(target);
  const cd = target === context.terminal.cwd() ? "" : `cd ${folder} && `;
  const runsByNpx = context.terminal.env["npm_command"] === "exec";
  const jflow = runsByNpx ? "npx jflow" : "jflow";
  const next = [
    `${cd}${jflow} up -d`,
    `${jflow} post /index --input data.jsonl`,
    `${jflow} search "an animal" -n 2`,
  ];
  printNotice(context, ["", "Next:", ...next.map((line) => `  ${line}`)].join("\n"));
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
