import { expect, test } from "vitest";
import {
  findComponentCircles,
  findForbiddenImports,
  findGrpcImports,
  findImpureDecisions,
  findMissingBenchModules,
  findProcessAccess,
  findUnlistedComponents,
  readComponentTable,
} from "./components.ts";
import { findAvoidedNames, findLoneFactories, findRepeatedTypeNames } from "./declarations.ts";
import { findCrowdedFolders, findFolderCircles, findLongFiles } from "./folders.ts";
import type { SourceTree } from "./source-tree.ts";

/** A tree with a breach planted in it. */
function plant(files: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(files));
}

const TABLE = { util: [], storage: ["util"], worker: ["storage", "util"] };
const OPEN: ReadonlySet<string> = new Set(["util"]);
const EMPTY = plant({});

test("a component that the table does not name is found", () => {
  const tree = plant({ "src/util/a.ts": "", "src/extra/b.ts": "" });
  expect(findUnlistedComponents(tree, TABLE)).toEqual(["extra"]);
});

test("components of the table that import each other are found", () => {
  expect(findComponentCircles({ a: ["b"], b: ["c"], c: ["b"] })).toEqual(["b", "c"]);
  expect(findComponentCircles(TABLE)).toEqual([]);
});

test("the table of components is read from a page", () => {
  const page = `# Page

| word | means |
| ---- | ----- |
| \`a/\` | b |

| component   | kind  | may import                      |
| ----------- | ----- | ------------------------------- |
| \`worker/\`   | one   | \`index.ts\`, vector-index        |
| \`index.ts\`  | two   | model; \`Client\` lazily          |
| \`util/\`     | three | nothing                         |

More.
`;
  expect(readComponentTable(page)).toEqual({
    worker: ["index.ts", "vector-index"],
    "index.ts": ["model"],
    util: [],
  });
});

test("an import of a higher component is found, a type import too", () => {
  const tree = plant({
    "src/util/a.ts": 'import type { B } from "../worker/worker.ts";\n',
    "src/storage/storage.ts": 'import { a } from "../util/a.ts";\n',
  });
  expect(findForbiddenImports(tree, TABLE, OPEN)).toEqual([
    "src/util/a.ts -> src/worker/worker.ts",
  ]);
});

test("an import past an entry file is found, an import of the entry file is allowed", () => {
  const tree = plant({
    "src/worker/a.ts": 'export { b } from "../storage/log/b.ts";\n',
    "src/worker/c.ts": 'const loaded = await import("../storage/storage.ts");\n',
  });
  expect(findForbiddenImports(tree, TABLE, OPEN)).toEqual([
    "src/worker/a.ts -> src/storage/log/b.ts",
  ]);
});

test("a circle between a folder and its subfolder is found", () => {
  const tree = plant({
    "src/a/a.ts": 'import { b } from "./deep/b.ts";\n',
    "src/a/deep/b.ts": 'import type { C } from "../c.ts";\n',
    "src/a/c.ts": "",
  });
  expect(findFolderCircles(tree)).toEqual([["src/a", "src/a/deep"]]);
});

test("a circle of three folders is found once, and folders that only lead to it are not in it", () => {
  const tree = plant({
    "src/x/x.ts": 'import { y } from "../y/y.ts";\n',
    "src/y/y.ts": 'import { z } from "../z/z.ts";\n',
    "src/z/z.ts": 'import { x } from "../x/x.ts";\n',
    "src/user/u.ts": 'import { x } from "../x/x.ts";\n',
  });
  expect(findFolderCircles(tree)).toEqual([["src/x", "src/y", "src/z"]]);
});

test("files of one folder may import each other", () => {
  const tree = plant({ "src/a/a.ts": 'import "./b.ts";\n', "src/a/b.ts": 'import "./a.ts";\n' });
  expect(findFolderCircles(tree)).toEqual([]);
});

test("a folder with too many files is found, files of its subfolders do not count", () => {
  const tree = plant({ "src/a/1.ts": "", "src/a/2.ts": "", "src/a/b/3.ts": "" });
  expect(findCrowdedFolders(tree, 1)).toEqual([{ folder: "src/a", files: 2 }]);
  expect(findCrowdedFolders(tree, 2)).toEqual([]);
});

test("a file with too many lines is found", () => {
  const tree = plant({ "src/a.ts": "1\n2\n3\n", "src/b.ts": "1\n2\n" });
  expect(findLongFiles(tree, 2)).toEqual(["src/a.ts"]);
});

test("a type name that is exported twice is found, a re-export is not", () => {
  const tree = plant({
    "src/a.ts": "export interface Route<T> {\n}\nexport type Mine = string;\n",
    "src/b.ts": "export abstract class Route {\n}\ninterface Mine {\n}\n",
    "src/c.ts": 'export type { Route } from "./a.ts";\n',
  });
  expect(findRepeatedTypeNames(tree)).toEqual({ Route: ["src/a.ts", "src/b.ts"] });
});

const FACTORY = `export interface Clock {
  readonly zone: string;
  now(): number;
}

export function openClock(zone: string): Clock {
  return {
    zone,
    now: () => 1,
  };
}
`;

test("a factory behind an interface that nothing else implements is found", () => {
  expect(findLoneFactories(plant({ "src/clock.ts": FACTORY }), EMPTY)).toEqual([
    "src/clock.ts: openClock",
  ]);
  const asynchronous = FACTORY.replace("): Clock {", "): Promise<Clock> {");
  expect(findLoneFactories(plant({ "src/clock.ts": asynchronous }), EMPTY)).toHaveLength(1);
});

test.each([
  ["a second factory", "function fakeClock(): Clock {\n  return {\n    now: () => 2,\n  };\n}\n"],
  ["a class", "class FakeClock implements Clock {\n}\n"],
  ["a test double", 'const clock: Clock = { zone: "", now: () => 2 };\n'],
])("a factory is allowed where there is %s", (_, text) => {
  const tree = plant({ "src/clock.ts": FACTORY });
  expect(findLoneFactories(tree, plant({ "test/clock.test.ts": text }))).toEqual([]);
});

test.each([
  ["data", FACTORY.replace("  now(): number;\n", "")],
  ["collaborators", FACTORY.replaceAll("Clock", "ClockDeps")],
])("a function that returns %s is no factory", (_, text) => {
  expect(findLoneFactories(plant({ "src/clock.ts": text }), EMPTY)).toEqual([]);
});

test("avoided names of bounds and of types for what is passed in are found", () => {
  const tree = plant({
    "src/a.ts": "export const MOST_HITS = 1;\nconst NAME_MAX = 2;\nconst MAX_DEPTH = 3;\n",
    "src/b.ts": "export interface QueueSetting {\n}\nexport type QueueDeps = object;\n",
  });
  expect(findAvoidedNames(tree)).toEqual([
    "src/a.ts: MOST_HITS",
    "src/a.ts: NAME_MAX",
    "src/b.ts: QueueSetting",
  ]);
});

test("gRPC outside wire/ is found", () => {
  const text = 'import { Server } from "@grpc/grpc-js";\n';
  expect(findGrpcImports(plant({ "src/wire/a.ts": text, "src/worker/b.ts": text }))).toEqual([
    "src/worker/b.ts:1",
  ]);
});

test("access to the process outside main.ts and cli/ is found, a comment is not", () => {
  const text = "// process.env\nconst home = process.env.HOME;\n";
  const tree = plant({
    "src/worker/main.ts": text,
    "src/cli/a.ts": text,
    "src/worker/b.ts": text,
    "src/util/c.ts": "console.log(1);\n",
  });
  expect(findProcessAccess(tree)).toEqual(["src/worker/b.ts:2", "src/util/c.ts:1"]);
});

test.each([
  "const now = Date.now();",
  "setTimeout(act, 5);",
  'import { readFileSync } from "node:fs";',
])("a decision with `%s` is found", (line) => {
  const tree = plant({
    "src/flow/a.ts": line,
    "src/supervisor/decide/b.ts": line,
    "src/supervisor/c.ts": line,
  });
  expect(findImpureDecisions(tree)).toEqual(["src/flow/a.ts:1", "src/supervisor/decide/b.ts:1"]);
});

test("a bench that loads a missing module is found", () => {
  const benches = plant({ "test/bench/a.mjs": 'await load("gateway/gone.js");\n' });
  expect(findMissingBenchModules(benches, EMPTY).missing).toEqual(["src/gateway/gone.ts"]);
});
