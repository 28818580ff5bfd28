import { expect, test } from "vitest";
import { findings, readGood, type SourceOptions } from "../reading.ts";

const TEXTS: Readonly<Record<string, string>> = {
  "/p/parts/encoder.yml":
    "jtype: Deployment\nversion: '1'\nwith:\n  name: encoder\n  replicas: ${COUNT}\n  uses: ./a.ts#A\n  workspace: data\n",
  "/p/parts/python.yml":
    "!Deployment\nwith: { uses: Up, py_modules: [up.py, app.up], uses_after: MatchMerger, shards: 2 }\n",
  "/p/flat.yml": "name: flat\nuses: HNSWIndexer\n",
  "/p/bad.yml": "jtype: Deployment\nwith: {\n",
  "/p/flow2.yml": "jtype: Flow\nexecutors: []\n",
  "/p/typo.yml": "jtype: Deployment\nwith: { replcias: 2 }\n",
  "/p/list.yml": "- a\n",
};
const FILES: SourceOptions = {
  variables: { COUNT: "3" },
  files: ["/p/parts/a.ts", "/p/parts/up.py"],
  read: (path: string) => TEXTS[path],
};

test("a deployment may have its own file, with paths relative to it and variables", () => {
  const text = "executors: [parts/encoder.yml, ./parts/python.yml, flat.yml, { name: own }]";
  const { deployments } = readGood(text, FILES);
  expect(
    deployments.map(({ name, replicas, uses, workspace, needs }) => ({
      name,
      replicas,
      uses,
      workspace,
      needs,
    })),
  ).toEqual([
    {
      name: "encoder",
      replicas: 3,
      uses: { kind: "file", path: "/p/parts/a.ts", exportName: "A" },
      workspace: "/p/parts/data",
      needs: ["gateway"],
    },
    {
      name: "executor1",
      replicas: 1,
      uses: { kind: "python", uses: "Up", modules: ["/p/parts/up.py", "app.up"] },
      workspace: undefined,
      needs: ["encoder"],
    },
    {
      name: "flat",
      replicas: 1,
      uses: { kind: "builtin", name: "HNSWIndexer" },
      workspace: undefined,
      needs: ["executor1"],
    },
    {
      name: "own",
      replicas: 1,
      uses: { kind: "builtin", name: "BaseExecutor" },
      workspace: undefined,
      needs: ["flat"],
    },
  ]);
  expect(deployments[1]?.usesAfter).toEqual({ kind: "builtin", name: "MatchMerger" });
});

test("a jtype Deployment in the list has its keys in with, and its errors have their locations", () => {
  const text = `executors:
  - jtype: Deployment
    version: "1"
    with: { name: first, uses: ./parts/a.ts#A, replicas: 2 }
  - { jtype: Deployment, name: second, with: { shards: 0 } }
`;
  expect(findings(text, FILES)).toEqual([
    "5:5 error [invalid-value] executors[1].shards: must be at least 1, got 0",
  ]);
  const [first, second] = readGood(text.replace("shards: 0", "shards: 3"), FILES).deployments;
  expect([first?.name, first?.replicas, first?.uses]).toEqual([
    "first",
    2,
    { kind: "file", path: "/p/parts/a.ts", exportName: "A" },
  ]);
  expect([second?.name, second?.shards, second?.needs]).toEqual(["second", 3, ["first"]]);
});

test.each([
  { item: "no.yml", want: "executors[0]: no.yml does not exist (looked for /p/no.yml)" },
  { item: "bad.yml", want: "executors[0]: /p/bad.yml:3:1: " },
  {
    item: "flow2.yml",
    want: 'executors[0]: /p/flow2.yml: expected "jtype: Deployment", got "jtype: Flow"',
  },
  {
    item: "list.yml",
    want: 'executors[0]: /p/list.yml is not a deployment: start the file with "jtype: Deployment"',
  },
  { item: "typo.yml", want: 'unknown key "replcias"' },
])("a problem of $item is reported at the entry", ({ item, want }) => {
  expect(findings(`executors: [${item}]`, FILES)[0]).toContain(want);
});
