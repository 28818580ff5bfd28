import { describe, expect, test } from "vitest";
import { parseUses } from "../../../src/flow/uses/parse-uses.ts";

const FILES = new Set([
  "/p/a.ts",
  "/p/b.mts",
  "/p/c.js",
  "/p/sub/d.mjs",
  "/p/f.cjs",
  "/other/e.ts",
  "/p/folder",
  "/p/note.txt",
  "/p/x#y.ts",
  "/p/p#q.py",
]);
const place = { directory: "/p", exists: (path: string): boolean => FILES.has(path) };

test.each([
  { text: "HNSWIndexer", want: { kind: "builtin", name: "HNSWIndexer" } },
  { text: "./a.ts", want: { kind: "file", path: "/p/a.ts" } },
  { text: "a.ts", want: { kind: "file", path: "/p/a.ts" } },
  { text: "./a", want: { kind: "file", path: "/p/a.ts" } },
  { text: "./b", want: { kind: "file", path: "/p/b.mts" } },
  { text: "./c#Named", want: { kind: "file", path: "/p/c.js", exportName: "Named" } },
  { text: "sub/d.mjs", want: { kind: "file", path: "/p/sub/d.mjs" } },
  { text: "./f.cjs", want: { kind: "file", path: "/p/f.cjs" } },
  { text: "../other/e.ts", want: { kind: "file", path: "/other/e.ts" } },
  { text: "/other/e.ts#$x", want: { kind: "file", path: "/other/e.ts", exportName: "$x" } },
  { text: "./x#y.ts", want: { kind: "file", path: "/p/x#y.ts" } },
  { text: "./x#y", want: { kind: "file", path: "/p/x#y.ts" } },
  { text: "./x#y.ts#Name", want: { kind: "file", path: "/p/x#y.ts", exportName: "Name" } },
  { text: "./p#q.py", want: { kind: "python", modules: ["/p/p#q.py"] } },
  { text: "./p#q.py#Up", want: { kind: "python", modules: ["/p/p#q.py"], uses: "Up" } },
  { text: "encoder", want: { kind: "package", name: "encoder" } },
  { text: "@me/encoder#Fast", want: { kind: "package", name: "@me/encoder", exportName: "Fast" } },
  { text: "encoder/sub", want: { kind: "package", name: "encoder/sub" } },
])("$text is accepted", ({ text, want }) => {
  expect(parseUses(text, place)).toEqual({ uses: want });
});

test.each([
  { text: "./z.ts", message: "./z.ts does not exist (looked for /p/z.ts)" },
  {
    text: "./a.js",
    message: "./a.js does not exist (looked for /p/a.js)",
    hint: 'did you mean "./a.ts"?',
  },
  { text: "./z", message: "./z does not exist (looked for /p/z.ts, .mts, .cts, .js, .mjs, .cjs)" },
  {
    text: "./folder",
    message:
      '"./folder" cannot be loaded: the name of the file must end in .ts, .mts, .cts, .js, .mjs, .cjs',
  },
  {
    text: "./note.txt",
    message:
      '"./note.txt" cannot be loaded: the name of the file must end in .ts, .mts, .cts, .js, .mjs, .cjs',
  },
  { text: "./a.ts#", message: '"./a.ts#": "" is not a valid export name' },
  {
    text: "./a.ts#a-b",
    message: '"./a.ts#a-b": "a-b" is not a valid export name',
  },
  {
    text: "./a.ts#A#B",
    message: '"./a.ts#A#B": "A#B" is not a valid export name',
  },
  {
    text: "HNSWIndexer#X",
    message: '"HNSWIndexer#X": a built-in has no exports',
    hint: 'write "HNSWIndexer"',
  },
  {
    text: "HnswIndexer2",
    message: '"HnswIndexer2" is not a built-in, a file or the name of a package',
    hint: 'did you mean "HNSWIndexer"?',
  },
  {
    text: "MyExecutor",
    message: '"MyExecutor" is not a built-in, a file or the name of a package',
    hint: 'a Python class needs "py_modules", the file that contains it; the path of a file starts with "./"; built-ins: BaseExecutor, HNSWIndexer, TfidfEncoder, MatchMerger',
  },
  {
    text: "constructor ",
    message: '"constructor " is not a built-in, a file or the name of a package',
    hint: 'the path of a file starts with "./"; built-ins: BaseExecutor, HNSWIndexer, TfidfEncoder, MatchMerger',
  },
  {
    text: "docker://image",
    message: '"docker://image": jflow does not run containers or download executors',
    hint: 'use a file, a package or a built-in, or run the executor yourself and set "external: true", "host" and "port"',
  },
])("$text is refused", ({ text, message, hint }) => {
  expect(parseUses(text, place)).toEqual({ problem: { code: "uses", message, hint } });
});

describe("Python", () => {
  const python = {
    directory: "/p",
    exists: (path: string) => ["/p/config.yml", "/p/e.py"].includes(path),
  };

  test.each([
    { text: "config.yml", modules: [], want: { uses: "/p/config.yml", modules: [] } },
    {
      text: "config.yml",
      modules: ["e.py"],
      want: { uses: "/p/config.yml", modules: ["/p/e.py"] },
    },
    { text: "./e.py", modules: [], want: { modules: ["/p/e.py"] } },
    { text: "./e.py#Up", modules: [], want: { uses: "Up", modules: ["/p/e.py"] } },
    { text: "Up", modules: ["e.py"], want: { uses: "Up", modules: ["/p/e.py"] } },
    { text: "app.e.Up", modules: [], want: { uses: "app.e.Up", modules: [] } },
    { text: "Up", modules: ["app.e"], want: { uses: "Up", modules: ["app.e"] } },
    { text: "Up", modules: ["e"], want: { uses: "Up", modules: ["e"] } },
  ])("$text with $modules", ({ text, modules, want }) => {
    expect(parseUses(text, python, modules)).toEqual({ uses: { kind: "python", ...want } });
  });

  test.each([
    { text: "x.py", modules: [], message: "x.py does not exist (looked for /p/x.py)" },
    { text: "x.yml", modules: [], message: "x.yml does not exist (looked for /p/x.yml)" },
    { text: "Up", modules: ["x.py"], message: "py_modules: /p/x.py does not exist" },
    { text: "Up", modules: ["app/x"], message: "py_modules: /p/app/x does not exist" },
  ])("$text with $modules is refused", ({ text, modules, message }) => {
    expect(parseUses(text, python, modules)).toEqual({ problem: { code: "uses", message } });
  });
});
