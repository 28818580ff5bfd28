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
} from "./architecture/components.ts";
import {
  findAvoidedNames,
  findLoneFactories,
  findRepeatedTypeNames,
} from "./architecture/declarations.ts";
import { findCrowdedFolders, findFolderCircles, findLongFiles } from "./architecture/folders.ts";
import { readTree } from "./architecture/source-tree.ts";

/** Components whose every file may be imported; the others have an entry file. */
const OPEN: ReadonlySet<string> = new Set(["util", "document", "model", "wire", "index.ts"]);
const MAX_LINES = 250;
const MAX_FILES = 12;

const source = readTree("src", [".ts"]);
const documented = readComponentTable(readTree("src", ["src/README.md"]).get("src/README.md")!);
/** The table of src/README.md, and the API's client, which is loaded when it is first used. */
const MAY_IMPORT = { ...documented, "index.ts": [...documented["index.ts"]!, "client"] };

test("the test reads the source", () => {
  expect(source.size).toBeGreaterThan(100);
});

test("every component is in the table of src/README.md, and no two import each other", () => {
  expect(findUnlistedComponents(source, MAY_IMPORT)).toEqual([]);
  expect(findComponentCircles(MAY_IMPORT)).toEqual([]);
});

test("files import only what the table allows, by entry files", () => {
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
  expect(findAvoidedNames(source)).toEqual([]);
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
