import { existsSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { JflowError } from "../../../util/errors.ts";
import { makeFolder } from "../../../util/files/make-folder.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { PACKAGE, versionToInstall } from "./installed-package.ts";

const FLOW = `# yaml-language-server: $schema=./node_modules/jflow/dist/flow.schema.json
jtype: Flow
version: "1"
name: hello
with:
  # Clients connect to these two ports. 0 is a free port.
  protocol: [grpc, http]
  port: [8080, 8081]
executors:
  # Turns texts into vectors. Two replicas take turns.
  - name: encoder
    uses: TfidfEncoder
    replicas: 2
  # Your own executor, in TypeScript.
  - name: shout
    uses: ./shout.ts
    uses_with: { suffix: "!" }
  # Ranks the documents by the words of their texts: two shards, each with two copies. With
  # metric: cosine, their vectors are compared.
  - name: indexer
    uses: HNSWIndexer
    uses_with: { metric: bm25 }
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

/** Commands for a flow that holds the documents of `DATA`. */
const THEN = [
  `jflow search "an animal" -n 1 --offset 1`,
  `jflow post /filter --param 'filter={"shout": {"$regex": "MACHINE"}}' --output -`,
  `echo '{"id": "1", "tags": {"age": 3}}' | jflow post /update --input -`,
  `jflow post /get --param 'ids=["1"]' --output -`,
  `jflow post /delete --param 'ids=["1"]'`,
];

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

/** The program that `npm run check` runs. */
const TYPESCRIPT = "^7.0.0";

/** `npm install` in the new folder then installs the same jflow, with its native index. */
async function packageJson(): Promise<string> {
  const content = {
    private: true,
    type: "module",
    scripts: { check: "tsc" },
    dependencies: { jflow: await versionToInstall(PACKAGE) },
    devDependencies: { typescript: TYPESCRIPT },
    allowScripts: { "hnswlib-node": true },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Links the package and its program, so that `npx jflow`, types and the schema are found at once.
 */
async function linkPackage(target: string): Promise<void> {
  const modules = join(target, "node_modules");
  if (existsSync(join(modules, "jflow"))) return;
  await makeFolder(join(modules, ".bin"));
  await symlink(PACKAGE, join(modules, "jflow"), "dir");
  await symlink("../jflow/bin/jflow.js", join(modules, ".bin", "jflow"));
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
    "package.json": await packageJson(),
    "tsconfig.json": TSCONFIG,
  })) {
    await writeNew(join(target, name), text);
    print(context, relative(context.terminal.cwd(), join(target, name)) || name);
  }
  await linkPackage(target);
  const flowFile = relative(context.terminal.cwd(), join(target, "flow.yml"));
  const cd = target === context.terminal.cwd() ? "" : `cd ${folder} && `;
  const next = [
    `${cd}jflow up -d`,
    `jflow post /index --input data.jsonl`,
    `jflow search "an animal" -n 2`,
  ];
  const indent = (line: string): string => `  ${line}`;
  printNotice(
    context,
    [
      "",
      "Next:",
      ...next.map(indent),
      "",
      "Then:",
      ...THEN.map(indent),
      "",
      `Clients connect to grpc 127.0.0.1:8080 and http://127.0.0.1:8081 (port in ${flowFile})`,
    ].join("\n"),
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
