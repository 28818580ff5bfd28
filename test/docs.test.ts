import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { formatDiagnostics, readFlow, keysTable } from "../src/flow/flow.ts";
import { ALLOWED_FIELDS } from "./interop/allowed-fields.ts";
import { alignTables } from "./rig/align-tables.ts";
import { formatCommandReference } from "./rig/command-reference.ts";
import { formatCommandTable } from "./rig/command-table.ts";
import { formatLimitsReference, listLimits } from "./rig/limits-reference.ts";

const KEYS_INTRODUCTION = `# Keys of a flow file

The reference of \`flow.yml\`. \`npm run docs\` generates this page from the schema.

- \`jflow config\` checks a flow file and prints it with all defaults.
- An unknown key is an error. Keys that start with \`x-\` are ignored.
- Values are those of YAML 1.2. A boolean may also be \`yes\` or \`no\`.
- Variables are \`\${{ ENV.X }}\`, \`\${X}\`, \`\${X:-default}\` and \`\${X:?message}\`. \`$$\` is a dollar sign. A
  variable that is not set is an error. Jina's older \`$X\` stays as it is if X is not set.
- For completion in an editor, start the file with
  \`# yaml-language-server: $schema=./node_modules/jflow/dist/flow.schema.json\`.`;
const ROOT = resolve(import.meta.dirname, "..");
const README_PATH = join(ROOT, "README.md");
/** The pages that are generated as a whole. */
const GENERATED: Readonly<Record<string, string>> = {
  "src/cli/COMMANDS.md": alignTables(formatCommandReference()),
  "src/flow/KEYS.md": alignTables(formatKeyReference()),
  "src/LIMITS.md": alignTables(formatLimitsReference()),
};
if (process.env["UPDATE_DOCS"]) {
  writeFileSync(README_PATH, writeTables(readFileSync(README_PATH, "utf8")));
  for (const [path, text] of Object.entries(GENERATED)) writeFileSync(join(ROOT, path), text);
}
const README = readFileSync(README_PATH, "utf8");
const DOCUMENTS = {
  "README.md": README,
  "src/README.md": readFileSync(join(ROOT, "src/README.md"), "utf8"),
};
const scratch = mkdtempSync(join(tmpdir(), "jflow-docs-"));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Block {
  readonly document: string;
  readonly language: string;
  readonly text: string;
}

const BLOCKS: readonly Block[] = Object.entries(DOCUMENTS).flatMap(([document, text]) =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map((match) => ({
    document,
    language: match[1]!,
    text: match[2]!,
  })),
);

/** Returns `src/flow/KEYS.md`, made from the schema of flow files. */
function formatKeyReference(): string {
  return `${KEYS_INTRODUCTION}\n\n${keysTable().trim().replaceAll(/^### /gm, "## ")}\n`;
}

/** `npm run docs`: the generated tables, between their markers. */
function writeTables(text: string): string {
  return Object.entries({ "yaml-table": keysTable(), "cli-table": formatCommandTable() }).reduce(
    (written, [name, table]) => {
      const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
      const from = written.indexOf(start) + start.length;
      return `${written.slice(0, from)}\n\n${table.trim()}\n\n${written.slice(written.indexOf(end))}`;
    },
    text,
  );
}

/** The text between two markers of README.md. */
function between(name: string): string {
  const match = new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)<!-- /${name} -->`).exec(README);
  if (!match) throw new Error(`README.md has no markers ${name}`);
  return match[1]!.trim();
}

const packageScripts = (
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  }
).scripts;

test("the table of the flow file's keys is the schema's (npm run docs writes it)", () => {
  expect(between("yaml-table")).toBe(keysTable().trim());
});

test("the table of commands is the command line's (npm run docs writes it)", () => {
  expect(between("cli-table")).toBe(formatCommandTable().trim());
});

test("every limit has a docstring and stands in the page of limits once", () => {
  const named = [...GENERATED["src/LIMITS.md"]!.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(named.length).toBe(new Set(named).size);
  expect(new Set(named)).toEqual(new Set(listLimits()));
});

test.each(Object.entries(GENERATED))("%s is up to date (npm run docs writes it)", (path, text) => {
  expect(readFileSync(join(ROOT, path), "utf8")).toBe(text);
});

test("the table of differences from stock Jina is the one the comparison allows", () => {
  const told = [...between("differences").matchAll(/^\| `([\w-]+)`/gm)].map(([, name]) => name);
  expect(new Set(told)).toEqual(new Set(Object.keys(ALLOWED_FIELDS)));
});

test("every language of a code block is one that is checked here", () => {
  expect([...new Set(BLOCKS.map((block) => block.language))].toSorted()).toEqual([
    "sh",
    "ts",
    "yaml",
  ]);
});

describe("YAML in the docs is a flow without errors", () => {
  const flows = BLOCKS.filter((block) => block.language === "yaml");
  test.each(flows.map((block, i) => ({ ...block, i })))("$document, flow $i", ({ text }) => {
    const { diagnostics } = readFlow({
      text,
      file: "/docs/flow.yml",
      variables: {},
      exists: () => true,
    });
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(formatDiagnostics(errors, text)).toBe(formatDiagnostics([], text));
  });
});

describe("TypeScript in the docs compiles against the package", () => {
  const programs = BLOCKS.filter((block) => block.language === "ts");
  test.each(programs.map((block, i) => ({ ...block, i })))(
    "$document, program $i",
    ({ text, i }) => {
      const folder = join(scratch, `program-${i}`);
      mkdirSync(join(folder, "node_modules"), { recursive: true });
      symlinkSync(ROOT, join(folder, "node_modules", "jflow"));
      writeFileSync(join(folder, "program.ts"), text);
      const { errors } = buildSync({
        entryPoints: [join(folder, "program.ts")],
        bundle: true,
        packages: "external",
        write: false,
        format: "esm",
        platform: "node",
        logLevel: "silent",
      });
      expect(errors).toEqual([]);
    },
  );
});

test("the first five minutes run as they stand", { timeout: 60_000 }, () => {
  const block = /<!-- first-five-minutes -->\n```sh\n([\s\S]*?)```/.exec(README)![1]!;
  const bin = join(scratch, "bin");
  mkdirSync(bin);
  mkdirSync(join(scratch, "run"), { mode: 0o700 });
  writeFileSync(
    join(bin, "jflow"),
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "bin/jflow.js")}" "$@"\n`,
    {
      mode: 0o755,
    },
  );
  // Ports of its own, so that a flow of the machine's user is not in the way; everything else is as
  // written.
  const script = block.replace(
    "cd my-flow\n",
    "cd my-flow\nprintf 'gateway: { protocol: [grpc, http], port: [0, 0] }\\n' >> flow.yml\n",
  );
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env["PATH"]}`,
    XDG_RUNTIME_DIR: join(scratch, "run"),
  };
  const output = execFileSync("sh", ["-eu", "-c", script], { cwd: scratch, env, encoding: "utf8" });
  const answer = JSON.parse(output.split("\n").find((line) => line.startsWith("{"))!) as {
    matches: readonly { text: string }[];
  };
  expect(answer.matches).toHaveLength(2);
  expect(answer.matches.every(({ text }) => text.includes("animal"))).toBe(true);
  expect(output).toContain("indexer  1      1        ready");
});

test("every script that the docs name exists", () => {
  const named = Object.values(DOCUMENTS).flatMap((text) =>
    [
      ...text.matchAll(/npm (?:run )?(demo|test|build|check|simulate|chaos|interop|bench\S*)\b/g),
    ].map((match) => match[1]!),
  );
  expect(new Set(named).size).toBeGreaterThan(2);
  expect(named.filter((name) => !Object.hasOwn(packageScripts, name))).toEqual([]);
});

test("every file that the docs name exists", () => {
  const named = Object.entries(DOCUMENTS).flatMap(([document, text]) =>
    [...text.matchAll(/`(?:node )?((?:test|flows|src|\.config)\/[\w./-]+\.\w+)/g)].map((match) => ({
      document,
      path: match[1]!,
    })),
  );
  expect(named.length).toBeGreaterThan(3);
  expect(
    named.filter(
      ({ document, path }) =>
        !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, dirname(document), path)),
    ),
  ).toEqual([]);
});
