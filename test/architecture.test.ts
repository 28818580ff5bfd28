import { expect, test } from "vitest";
import {
  findForbiddenImports,
  findGrpcImports,
  findImpureDecisions,
  findMissingBenchModules,
  findProcessAccess,
  findUnlistedComponents,
  findUpwardEntries,
  type ComponentTable,
} from "./architecture/components.ts";
import {
  findAvoidedNames,
  findLoneFactories,
  findRepeatedTypeNames,
} from "./architecture/declarations.ts";
import { findCrowdedFolders, findFolderCircles, findLongFiles } from "./architecture/folders.ts";
import { readTree } from "./architecture/source-tree.ts";

/** The table of src/README.md: the components, lowest first, and what each may import. */
const MAY_IMPORT: ComponentTable = {
  util: [],
  document: ["util"],
  model: ["document", "util"],
  wire: ["model", "document", "util"],
  flow: ["model", "document", "util"],
  replication: ["model", "util"],
  storage: ["model", "util"],
  "vector-index": ["model", "document", "util"],
  client: ["wire", "model", "document", "util"],
  "index.ts": ["model", "document", "util", "client"],
  executors: ["index.ts", "vector-index"],
  worker: ["storage", "replication", "wire", "model", "document", "util"],
  gateway: ["wire", "model", "document", "util"],
  supervisor: ["flow", "replication", "wire", "model", "document", "util"],
  cli: ["client", "flow", "wire", "model", "document", "util"],
};

/** Components whose every file may be imported; the others have an entry file. */
const OPEN: ReadonlySet<string> = new Set(["util", "document", "model", "wire", "index.ts"]);
const MAX_LINES = 250;
const MAX_FILES = 12;

/**
 * Names of bounds and types that are not yet in the words of the glossary. The list only shrinks,
 * and goes when it is empty.
 */
const NOT_YET_RENAMED: ReadonlySet<string> = new Set([
  "DenseSettings",
  "FEWEST_DEAD",
  "HnswSettings",
  "HttpSettings",
  "LONGEST_STEP_MS",
  "LONGEST_US",
  "MOST_CACHED_TERMS",
]);

const source = readTree("src", [".ts"]);

test("the test reads the source", () => {
  expect(source.size).toBeGreaterThan(100);
});

test("every component is in the table, and below the components that use it", () => {
  expect(findUnlistedComponents(source, MAY_IMPORT)).toEqual([]);
  expect(findUpwardEntries(MAY_IMPORT)).toEqual([]);
});

test("files import from lower components only, by their entry files", () => {
  expect(findForbiddenImports(source, MAY_IMPORT, OPEN)).toEqual([]);
});

test("the folders of a component form layers", () => {
  expect(findFolderCircles(source)).toEqual([]);
});

test(`a folder holds at most ${MAX_FILES} files`, () => {
  expect(findCrowdedFolders(source, MAX_FILES)).toEqual([]);
});

test(`a file has at most ${MAX_LINES} lines, comments included`, () => {
  expect(findLongFiles(source, MAX_LINES)).toEqual([]);
});

test("no two exported types have one name", () => {
  expect(findRepeatedTypeNames(source)).toEqual({});
});

test("an object that is made in one way only is made by a class", () => {
  expect(findLoneFactories(source, readTree("test", [".ts"]))).toEqual([]);
});

test("bounds begin with MAX_ or MIN_, and what is passed in ends in Deps or Options", () => {
  const avoided = findAvoidedNames(source);
  expect(avoided.filter((found) => !NOT_YET_RENAMED.has(found.split(": ")[1]!))).toEqual([]);
});

test("gRPC stops at wire/", () => {
  expect(findGrpcImports(source)).toEqual([]);
});

test("the process's environment, arguments, exit and console appear in main.ts and cli/ only", () => {
  expect(findProcessAccess(source)).toEqual([]);
});

test("decisions read no clock, file or socket", () => {
  expect(findImpureDecisions(source)).toEqual([]);
});

test("a bench loads modules that exist", () => {
  const { loaded, missing } = findMissingBenchModules(readTree("test/bench", [".mjs"]), source);
  expect(loaded.length, "the pattern finds nothing").toBeGreaterThan(5);
  expect(missing).toEqual([]);
});
