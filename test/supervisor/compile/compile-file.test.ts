import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  compileFile,
  stopCompiler,
  type Compiled,
} from "../../../src/supervisor/compile/compile-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-compile-"));
  await write("api/index.js", "export class Executor {}");
  await write(
    "node_modules/modern/package.json",
    JSON.stringify({
      name: "modern",
      type: "module",
      exports: { import: "./index.js", module: "./bundled.js" },
    }),
  );
  await write(
    "node_modules/modern/index.js",
    'export const found = "by import"; export const where = import.meta.url;',
  );
  await write(
    "node_modules/classic/package.json",
    JSON.stringify({ name: "classic", main: "main.cjs" }),
  );
  await write(
    "node_modules/classic/main.cjs",
    'exports.Answer = class Answer { answer = require("node:path").basename("/a/42"); static requests = {}; };',
  );
});
afterAll(async () => {
  await stopCompiler();
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

const paths = (): Parameters<typeof compileFile>[1] => ({
  folder: join(folder, "cache"),
  api: join(folder, "api", "index.js"),
});

async function load({ path }: Compiled): Promise<Record<string, unknown>> {
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>;
}

test("a TypeScript file, its own imports, the API and packages work as in Node", async () => {
  await write(
    "other.ts",
    "export const where: string = import.meta.url; export const folder = import.meta.dirname;",
  );
  const path = await write(
    "shout.ts",
    'import { Executor } from "jflow"; import { found, where as inside } from "modern"; import { where, folder } from "./other.ts"; export class Shout extends Executor { seen = { found, inside, where, folder }; }',
  );
  const module = await load(await compileFile({ kind: "file", path }, paths()));
  const Shout = module["Shout"] as new () => { seen: unknown };
  expect(new Shout().seen).toEqual({
    found: "by import",
    inside: pathToFileURL(join(folder, "node_modules/modern/index.js")).href,
    where: pathToFileURL(join(folder, "other.ts")).href,
    folder,
  });
  expect(Shout.name).toBe("Shout");
});

test("a package named by uses is found from the flow's folder, CommonJS too", async () => {
  const module = await load(
    await compileFile({ kind: "package", name: "classic", directory: folder }, paths()),
  );
  const Answer = module["Answer"] as new () => { answer: string };
  expect(new Answer().answer).toBe("42");
});

test("files of the user are compiled under any name: an alias of tsconfig.json, a #name of package.json, a TypeScript package of the workspace", async () => {
  const api = paths().api;
  await write("own/tsconfig.json", '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }');
  await write(
    "own/package.json",
    '{ "name": "own", "type": "module", "imports": { "#src/*": "./src/*" } }',
  );
  await write(
    "own/src/one.ts",
    'import * as api from "jflow"; export const one: string = typeof api.Executor;',
  );
  await write(
    "own/src/plain.js",
    'import { Executor } from "jflow"; export const plain = typeof Executor;',
  );
  await write("own/src/two.ts", "export enum Two { word = 'two' }");
  await write("packages/mono/package.json", '{ "name": "mono", "main": "index.ts" }');
  await write("packages/mono/index.ts", 'export const mono: string = "mono";');
  await symlink(join(folder, "packages/mono"), join(folder, "node_modules/mono"));
  const path = await write(
    "own/all.ts",
    'import { one } from "@/one"; import { Two } from "#src/two.ts"; import { mono } from "mono"; import { plain } from "@/plain.js"; import { found } from "modern"; export const all = [one, Two.word, mono, plain, found];',
  );
  const module = await load(
    await compileFile({ kind: "file", path }, { folder: join(folder, "cache"), api }),
  );
  expect(module["all"]).toEqual(["function", "two", "mono", "function", "by import"]);
});

test("a CommonJS file works as in Node: its requires, its path and its exports", async () => {
  await write("table.json", '{ "word": "table" }');
  const path = await write(
    "classic.cjs",
    'const { Executor } = require("jflow"); const { Answer } = require("classic"); const { basename } = require("fs") && require("path");\n' +
      'const name = "./table.json";\n' +
      "exports.Old = class Old extends Executor { seen = [new Answer().answer, basename(__filename), __dirname, require(name).word]; };",
  );
  const { default: exported } = await load(await compileFile({ kind: "file", path }, paths()));
  const { Old } = exported as { Old: new () => { seen: unknown } };
  expect(new Old().seen).toEqual(["42", "classic.cjs", folder, "table"]);
});

test("an ES module with its own require keeps it, also together with a CommonJS file", async () => {
  await write("helper.cjs", 'exports.kind = typeof require("node:os").cpus;');
  const own =
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  const alone = await write(
    "alone.mjs",
    `${own} export const word = new (require("classic").Answer)().answer;`,
  );
  const mixed = await write(
    "mixed.mjs",
    `${own} import helper from "./helper.cjs"; export const word = helper.kind + require.resolve("classic");`,
  );
  expect((await load(await compileFile({ kind: "file", path: alone }, paths())))["word"]).toBe(
    "42",
  );
  const main = join(folder, "node_modules/classic/main.cjs");
  expect((await load(await compileFile({ kind: "file", path: mixed }, paths())))["word"]).toBe(
    `function${main}`,
  );
});

test("the result is named by its content", async () => {
  const path = await write("plain.js", "export const one = 1;");
  const compiledPath = async (): Promise<string> =>
    (await compileFile({ kind: "file", path }, paths())).path;
  const first = await compiledPath();
  expect(await compiledPath()).toBe(first);
  await write("plain.js", "export const one = 2;");
  expect(await compiledPath()).not.toBe(first);
  expect(await readdir(dirname(first))).toContain(`${first.slice(dirname(first).length + 1)}.map`);
});

test("every error has its position and its line", async () => {
  const path = await write("wrong.ts", 'import { x } from "absent";\nexport const y = ;\n');
  await expect(compileFile({ kind: "file", path }, paths())).rejects.toMatchObject({
    code: "FLOW_INVALID",
    message: `${path} does not compile\n${path}:2:18: error: Unexpected ";"\n2 | export const y = ;\n  |                  ^`,
  });
});

test("a missing package is named with the command to install it", async () => {
  const path = await write("lonely.ts", 'import { x } from "absent/deep";\nexport const y = x;\n');
  await expect(compileFile({ kind: "file", path }, paths())).rejects.toThrow(
    /lonely\.ts:1:\d+: error: Could not resolve "absent\/deep"[\s\S]*npm install absent/,
  );
});

test("the sources are all files of the user, also those that only export others", async () => {
  await write("sources/deep.ts", "export const deep = 1;");
  await write("sources/barrel.ts", 'export * from "./deep.ts";');
  await write("sources/table.json", "{}");
  const path = await write(
    "sources/main.ts",
    'import { Executor } from "jflow"; import { found } from "modern"; import { deep } from "./barrel.ts"; import table from "./table.json"; export const all = [Executor, found, deep, table];',
  );
  const { sources } = await compileFile({ kind: "file", path }, paths());
  const names = ["barrel.ts", "deep.ts", "main.ts", "table.json"];
  expect(sources.toSorted()).toEqual(names.map((name) => join(folder, "sources", name)));
});

test("a failed compilation has looked for the missing and the broken files", async () => {
  await write("failed/broken.ts", "export const = 1;");
  const path = await write(
    "failed/main.ts",
    'import "./broken.ts"; import "./lib/missing"; export const one = 1;',
  );
  const looked = new Set<string>();
  const compiled = compileFile(
    { kind: "file", path },
    { ...paths(), looked: (each) => looked.add(each) },
  );
  await expect(compiled).rejects.toThrow("does not compile");
  const wanted = ["main.ts", "broken.ts", "lib/missing.ts", "lib/missing/index.ts"];
  expect([...looked]).toEqual(
    expect.arrayContaining(wanted.map((name) => join(folder, "failed", name))),
  );
});
