import { appendFile, mkdtemp, realpath, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planReplicas, type Flow } from "../../../src/flow/flow.ts";
import { FileChanges } from "../../../src/supervisor/changes/file-changes.ts";
import { loadModules } from "../../../src/supervisor/compile/load-modules.ts";
import { loadFlow } from "../../../src/supervisor/disk/load-flow.ts";
import { withReplicas } from "../../../src/supervisor/plan/change-plan.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "jflow-changes-")));
});
afterEach(async () => rm(folder, { recursive: true }));

const write = async (name: string, text: string): Promise<void> =>
  writeFile(join(folder, name), text);

interface Started {
  readonly flow: Flow;
  readonly describe: (
    startedAt?: Date,
    variables?: Record<string, string>,
  ) => Promise<readonly string[]>;
  /** Describes the changes while `a` runs with another number of replicas. */
  readonly describeScaled: (replicas: number) => Promise<readonly string[]>;
  /** A restart has loaded the files again. */
  readonly restart: () => Promise<void>;
}

/** Records the files of `flow.yml` as a start does. */
async function start(executor: string): Promise<Started> {
  await write("flow.yml", `executors:\n  - { name: a, ${executor} }\n`);
  const options = { file: join(folder, "flow.yml"), variables: { SIZE: "1" } };
  const flow = await loadFlow(options);
  const { replicas } = planReplicas(flow);
  const load = async (): ReturnType<typeof loadModules> =>
    loadModules(flow, replicas, join(folder, "compiled"));
  const changes = await FileChanges.record(options, await load());
  return {
    flow,
    describe: async (startedAt, variables) =>
      changes.describe(
        { running: flow, taken: flow },
        [{ name: "a", startedAt }],
        variables && { variables },
      ),
    describeScaled: async (count) =>
      changes.describe({ running: withReplicas(flow, { a: count }), taken: flow }, []),
    restart: async () => changes.recordAgain("a", await load()),
  };
}

async function startCompiled(more: string = "replicas: 1"): Promise<Started> {
  await write("words.ts", "export const WORD: string = 'a';\n");
  await write("a.ts", 'import { WORD } from "./words.ts";\nexport class A { word = WORD; }\n');
  return start(`uses: ./a.ts, ${more}`);
}

test("unchanged files are no change, also if they are saved again", async () => {
  const { describe } = await startCompiled();
  expect(await describe()).toEqual([]);
  await utimes(join(folder, "a.ts"), new Date(), new Date());
  expect(await describe()).toEqual([]);
});

test("a changed executor is named, and so is a file that it imports", async () => {
  const { describe } = await startCompiled();
  await write("words.ts", "export const WORD = ;\n");
  expect(await describe()).toEqual(["a runs older code: words.ts changed"]);
  await appendFile(join(folder, "a.ts"), "// more\n");
  expect(await describe()).toEqual(["a runs older code: a.ts, words.ts changed"]);
});

test("code that a restart has loaded is no change any more", async () => {
  const { describe, restart } = await startCompiled();
  await write("words.ts", "export const WORD: string = 'b';\n");
  expect(await describe()).toHaveLength(1);
  await restart();
  expect(await describe()).toEqual([]);
});

test("a file that another file replaces, or that is gone, is a change", async () => {
  const { describe } = await startCompiled();
  await rename(join(folder, "a.ts"), join(folder, "words.ts"));
  expect(await describe()).toEqual([
    "flow.yml has changed and is not valid: jflow config shows the errors",
    "a runs older code: a.ts, words.ts changed",
  ]);
});

test("the code of a Python executor is that of the start of its process", async () => {
  await write("helper.py", "X = 1\n");
  await write("a.py", "from jina import Executor\nclass A(Executor): pass\n");
  const { describe } = await start("uses: A, py_modules: a.py");
  expect(await describe(new Date(0))).toEqual([]);
  await write("helper.py", "X = 2\n");
  expect(await describe(new Date(0))).toEqual(["a runs older code: helper.py changed"]);
  const later = new Date(Date.now() + 60_000);
  expect(await describe(later), "a process that started after the change").toEqual([]);
});

test("each changed part of the flow file is one line", async () => {
  const { describe } = await startCompiled();
  await write(
    "flow.yml",
    "gateway: { port: 8081 }\nexecutors:\n  - { name: a, uses: ./a.ts, replicas: 2, env: { X: 1 } }\n  - { name: b }\n",
  );
  expect(await describe()).toEqual([
    "gateway runs with older values: protocol, port changed in flow.yml",
    "a runs with older values: replicas, env changed in flow.yml",
    "b does not run: flow.yml has a new executor",
  ]);
});

test("a number of replicas that jflow scale set is no change, unless the file has a third one", async () => {
  const { describeScaled } = await startCompiled("replicas: 3");
  expect(await describeScaled(1), "the file is as before").toEqual([]);
  const setReplicas = async (count: number): Promise<void> =>
    write("flow.yml", `executors:\n  - { name: a, uses: ./a.ts, replicas: ${count} }\n`);
  await setReplicas(1);
  expect(await describeScaled(1), "the file has the number that runs").toEqual([]);
  await setReplicas(2);
  expect(await describeScaled(1)).toEqual([
    "a runs with older values: replicas changed in flow.yml",
  ]);
});

test("the variables are those of the start unless others are given", async () => {
  const { describe } = await startCompiled('uses_with: { size: "${SIZE}" }');
  expect(await describe()).toEqual([]);
  expect(await describe(undefined, { SIZE: "2" })).toEqual([
    "a runs with older values: uses_with changed in flow.yml",
  ]);
});

test("a flow file that is gone or not valid is one line", async () => {
  const { flow, describe } = await startCompiled();
  await write("flow.yml", "executors: [{\n");
  expect(await describe()).toEqual([
    "flow.yml has changed and is not valid: jflow config shows the errors",
  ]);
  await rm(flow.file);
  expect(await describe()).toEqual([expect.stringContaining(`cannot read ${flow.file}`)]);
});
