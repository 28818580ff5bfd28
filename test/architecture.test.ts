import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize, relative } from "node:path";
import { expect, test } from "vitest";

/** The rooms of src/, floor first, and the rooms each may import: the table of src/README.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
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

/** Rooms every file of which may be imported; the others are entered by their door. */
const OPEN: ReadonlySet<string> = new Set(["util", "document", "model", "wire", "index.ts"]);
const LONGEST = 300;

const SRC = join(import.meta.dirname, "../src");
const IMPORT =
  /\b(?:import|export)\b[^;'"]*?\bfrom\s*["'](\.[^"']+)["']|\bimport\s*\(?\s*["'](\.[^"']+)["']/g;

const roomOf = (file: string): string => relative(SRC, file).split("/")[0]!;
const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, "utf8").matchAll(IMPORT)].map((match) =>
    normalize(join(dirname(file), match[1] ?? match[2]!)),
  );

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => join(SRC, path));

function isAllowed(from: string, to: string): boolean {
  const [here, there] = [roomOf(from), roomOf(to)];
  if (here === there) return true;
  return MAY_IMPORT[here]!.includes(there) && (OPEN.has(there) || basename(to) === `${there}.ts`);
}

/** Places of `pattern` in the files that `where` admits, as `file:line`. */
function find(pattern: RegExp, where: (path: string) => boolean): readonly string[] {
  return files.flatMap((file) => {
    const path = relative(SRC, file);
    if (!where(path)) return [];
    const lines = readFileSync(file, "utf8").split("\n");
    return lines.flatMap((line, i) =>
      pattern.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line) ? [`${path}:${i + 1}`] : [],
    );
  });
}

test("every room is in the table, and rooms are named before those that use them", () => {
  expect(files.length, "the test reads the wrong folder").toBeGreaterThan(100);
  const rooms = Object.keys(MAY_IMPORT);
  expect([...new Set(files.map(roomOf))].filter((room) => !rooms.includes(room))).toEqual([]);
  const upward = rooms.flatMap((room, i) =>
    MAY_IMPORT[room]!.filter((to) => rooms.indexOf(to) >= i).map((to) => `${room} -> ${to}`),
  );
  expect(upward).toEqual([]);
});

test("files import from lower rooms only, by their doors", () => {
  const wrong = files.flatMap((from) =>
    importsOf(from)
      .filter((to) => !isAllowed(from, to))
      .map((to) => `${relative(SRC, from)} -> ${relative(SRC, to)}`),
  );
  expect(wrong).toEqual([]);
});

test("gRPC stops at wire/", () => {
  expect(
    find(/\b(?:from|import\()\s*["'](?:@grpc\/|grpc-)/, (path) => !path.startsWith("wire/")),
  ).toEqual([]);
});

test("the process's environment, arguments, exit and console appear in main.ts and cli/ only", () => {
  const elsewhere = (path: string): boolean =>
    !path.endsWith("/main.ts") && !path.startsWith("cli/");
  expect(find(/\bprocess\.(?:env|argv|exit)\b|\bconsole\.\w/, elsewhere)).toEqual([]);
});

test("decisions read no clock, file or socket", () => {
  const decides = (path: string): boolean =>
    /^(?:flow|replication)\//.test(path) || /\/(?:decide|routing|merge)\//.test(path);
  expect(
    find(
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\b|\bsetTimeout\b|from "node:(?!path|crypto)/,
      decides,
    ),
  ).toEqual([]);
});

test(`no file is longer than ${LONGEST} lines`, () => {
  const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > LONGEST);
  expect(long.map((file) => relative(SRC, file))).toEqual([]);
});

test("a bench loads files that are there", () => {
  const bench = join(import.meta.dirname, "bench");
  const loaded = readdirSync(bench).flatMap((name) => [
    ...readFileSync(join(bench, name), "utf8").matchAll(/(?:load\(|dist\/)"?([\w/-]+)\.js"/g),
  ]);
  const paths = loaded.map(([, path]) => `${path}.ts`);
  expect(paths.length, "the pattern finds nothing").toBeGreaterThan(5);
  expect(paths.filter((path) => !files.includes(join(SRC, path)))).toEqual([]);
});
