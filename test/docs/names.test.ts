import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { buildProgram } from "../../src/cli/cli.ts";
import { listDocuments, readDocument, ROOT } from "./documents.ts";
import { listSessions } from "./session.ts";

const DOCUMENTS = listDocuments().map((document) => ({ document, text: readDocument(document) }));
const SCRIPTS = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object }).scripts,
);

/** What the pattern finds in the documents: the first group of each match, with its document. */
function findAll(pattern: RegExp): readonly { document: string; found: string }[] {
  return DOCUMENTS.flatMap(({ document, text }) =>
    [...text.matchAll(pattern)].map((match) => ({ document, found: match[1]! })),
  );
}

function exists(document: string, path: string): boolean {
  return existsSync(join(ROOT, path)) || existsSync(join(ROOT, dirname(document), path));
}

test("every script that the documents name exists", () => {
  const named = findAll(/npm (?:run )?(demo|test|run [\w-]+)\b/g).map(({ document, found }) => ({
    document,
    found: found.replace("run ", ""),
  }));
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter(({ found }) => !SCRIPTS.includes(found))).toEqual([]);
});

test("every file that the documents name exists", () => {
  const named = findAll(/`(?:[\w.-]+ )*?((?:test|flows|src|bin|\.config|\.github)\/[\w./-]+)/g);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ document, found }) => !exists(document, found))).toEqual([]);
});

test("flows/README.md lists every recipe, and a session starts the flow of each", () => {
  const flows = readdirSync(join(ROOT, "flows"), { withFileTypes: true });
  const recipes = flows.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const listed = [...readDocument("flows/README.md").matchAll(/^\|.*\]\((\w[\w-]*)\) *\|$/gm)];
  expect(new Set(listed.map(([, name]) => name))).toEqual(new Set(recipes));
  const started = listSessions().filter(({ actions }) =>
    actions.some(
      (action) =>
        action.kind === "console" && action.steps.some(({ command }) => /jflow up/.test(command)),
    ),
  );
  expect(started.map(({ from }) => from)).toEqual(
    expect.arrayContaining(recipes.map((name) => `flows/${name}`)),
  );
});

test("src/README.md describes every folder inside a component", () => {
  const entries = readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map(({ parentPath }) => relative(join(ROOT, "src"), parentPath))
    .filter((folder) => folder.includes("/"));
  const [, section] = readDocument("src/README.md").split(/^## (?:Folders|Invariants)$/m);
  const rows = section!.matchAll(/^\| `([\w/-]+)\/` /gm);
  const described = new Set([...rows].map(([, folder]) => folder!));
  expect([...new Set(folders)].filter((folder) => !described.has(folder))).toEqual([]);
  const gone = [...described].filter((folder) => !existsSync(join(ROOT, "src", folder)));
  expect(gone).toEqual([]);
});

test("every link between the documents leads to a file and a heading that exist", () => {
  const links = findAll(/\]\((?!https?:)([^)\s]+)\)/g);
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(({ document, found }) => !leadsSomewhere(document, found))).toEqual([]);
});

function leadsSomewhere(document: string, link: string): boolean {
  const [path, anchor] = link.split("#") as [string, string | undefined];
  const target = path === "" ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || listAnchors(readDocument(target)).has(anchor);
}

/** The anchors that GitHub gives the headings of a document. */
function listAnchors(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test("every jflow command and option that the documents name exists", () => {
  const program = buildProgram(process, "jflow", () => undefined);
  const uses = findAll(/(?:^\$ |`|&& |\| |-- )jflow ([a-z][^`|&\n]*)/gm);
  expect(uses.length).toBeGreaterThan(20);
  expect(uses.filter(({ found }) => !isCommand(program, found))).toEqual([]);
});

function isCommand(program: Command, text: string): boolean {
  const [name, ...words] = text.split(/\s+/);
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) return false;
  const flags = [...command.options, ...program.options].flatMap(({ short, long }) => [
    short,
    long,
  ]);
  return words
    .filter((word) => /^--?[a-z]/.test(word))
    .every((word) => flags.includes(word.split("=")[0]) || word === "--help");
}
