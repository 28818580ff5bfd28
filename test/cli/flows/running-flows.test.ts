import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  findRunningFlow,
  listRunningFlows,
  runtimeRootOf,
} from "../../../src/cli/flows/running-flows.ts";
import type { Terminal } from "../../../src/cli/terminal/terminal.ts";
import { flowId, flowPaths, runtimeFileText, runtimePaths } from "../../../src/model/paths.ts";

let root = "";
let servers: Server[] = [];

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "jflow-rf-")));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(root, { recursive: true });
});

function writeFlow(name: string): string {
  mkdirSync(join(root, name));
  const file = join(root, name, "flow.yml");
  writeFileSync(file, "");
  return file;
}

/** Fakes a running flow: its runtime file and a socket that accepts connections. */
async function run(name: string): Promise<string> {
  const file = writeFlow(name);
  const places = runtimePaths(join(root, "run", "jflow"), flowId(file));
  mkdirSync(places.folder, { recursive: true });
  writeFileSync(places.flowFile, JSON.stringify({ name, file, pid: 1 }));
  const server = createServer().listen(places.socket);
  servers = [...servers, server];
  await once(server, "listening");
  return file;
}

const terminalAt = (folder: string, runtime: string = join(root, "run")): Terminal =>
  ({ env: { XDG_RUNTIME_DIR: runtime }, cwd: () => folder }) as unknown as Terminal;

test("the flow file of the folder decides, even if that flow is stopped and others run", async () => {
  const [one, two, stopped] = [await run("one"), await run("two"), writeFlow("stopped")];
  expect((await findRunningFlow(terminalAt(dirname(one)), {}))?.name).toBe("one");
  expect(await findRunningFlow(terminalAt(dirname(stopped)), {})).toBe(undefined);
  expect((await findRunningFlow(terminalAt(dirname(stopped)), { file: two }))?.name).toBe("two");
  expect((await findRunningFlow(terminalAt(dirname(stopped)), { name: "one" }))?.name).toBe("one");
});

test("a flow started with another XDG_RUNTIME_DIR is found by its file", async () => {
  const file = await run("one");
  const elsewhere = terminalAt(dirname(file), join(root, "cron"));
  expect(await findRunningFlow(elsewhere, {})).toBe(undefined);
  const { folder, runtimeFile } = flowPaths(file);
  mkdirSync(folder, { recursive: true });
  writeFileSync(runtimeFile, join(root, "run", "jflow"));
  expect((await findRunningFlow(elsewhere, {}))?.name).toBe("one");
  servers.pop()!.close();
  expect(await findRunningFlow(elsewhere, {}), "its supervisor is gone").toBe(undefined);
});

test("without the folder of XDG_RUNTIME_DIR, flows are listed from the folder for temporary files", async () => {
  vi.stubEnv("TMPDIR", root);
  const here = terminalAt(root);
  const there = { ...here, env: {} };
  const file = writeFlow("one");
  const { folder, flowFile, socket } = runtimePaths(runtimeRootOf(there), flowId(file));
  mkdirSync(folder, { recursive: true });
  writeFileSync(flowFile, JSON.stringify({ name: "one", file, pid: 1 }));
  servers.push(createServer().listen(socket));
  await once(servers.at(-1)!, "listening");
  const removed = terminalAt(root, join(root, "removed"));
  expect((await listRunningFlows(removed)).map(({ name }) => name)).toEqual(["one"]);
  mkdirSync(join(root, "empty"));
  expect(await listRunningFlows(terminalAt(root, join(root, "empty")))).toEqual([]);
  vi.unstubAllEnvs();
});

test("a flow with its state in JFLOW_STATE_DIR is found by its file", async () => {
  const file = await run("one");
  const stateDir = join(root, "state");
  const { folder, runtimeFile } = flowPaths(file, stateDir);
  expect(folder).toBe(join(stateDir, flowId(file), "flow.yml"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(runtimeFile, join(root, "run", "jflow"));
  const elsewhere = terminalAt(dirname(file), join(root, "cron"));
  expect(await findRunningFlow(elsewhere, {})).toBe(undefined);
  const { env } = elsewhere;
  const moved = { ...elsewhere, env: { ...env, JFLOW_STATE_DIR: stateDir } };
  expect((await findRunningFlow(moved, {}))?.name).toBe("one");
  const relative = { ...elsewhere, env: { ...env, JFLOW_STATE_DIR: "state" } };
  await expect(findRunningFlow(relative, {})).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: "JFLOW_STATE_DIR=state is not an absolute path",
  });
});

test.runIf(existsSync("/proc/self/cwd"))(
  "a moved flow with its state in JFLOW_STATE_DIR is named",
  async () => {
    const file = await run("one");
    const supervisor = spawn("sleep", ["60"], { cwd: dirname(file) });
    await once(supervisor, "spawn");
    try {
      const { flowFile } = runtimePaths(join(root, "run", "jflow"), flowId(file));
      writeFileSync(flowFile, JSON.stringify({ name: "one", file, pid: supervisor.pid }));
      const moved = join(root, "moved");
      renameSync(dirname(file), moved);
      mkdirSync(join(root, "other"));
      writeFileSync(join(root, "other", "flow.yml"), "");
      const terminal = (folder: string): Terminal => {
        const { env, ...rest } = terminalAt(folder);
        return { ...rest, env: { ...env, JFLOW_STATE_DIR: join(root, "state") } };
      };
      await expect(findRunningFlow(terminal(moved), {})).rejects.toThrow(
        `flow "one" runs, but its folder has moved from ${dirname(file)} to ${moved}`,
      );
      expect(await findRunningFlow(terminal(join(root, "other")), {})).toBe(undefined);
    } finally {
      supervisor.kill();
    }
  },
);

test("a flow whose folder has moved is named, with the commands that start it anew", async () => {
  const file = await run("one");
  const { folder, runtimeFile } = flowPaths(file);
  mkdirSync(folder, { recursive: true });
  writeFileSync(runtimeFile, runtimeFileText({ root: join(root, "run", "jflow"), file }));
  cpSync(dirname(file), join(root, "copied"), { recursive: true });
  expect(await findRunningFlow(terminalAt(join(root, "copied")), {}), "a copy").toBe(undefined);
  const moved = join(root, "moved");
  renameSync(dirname(file), moved);
  for (const [at, options] of [
    [moved, {}],
    [root, { file: join(moved, "flow.yml") }],
  ] as const)
    await expect(findRunningFlow(terminalAt(at), options)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `flow "one" runs, but its folder has moved from ${dirname(file)} to ${moved}: run jflow down --name one, then jflow up`,
    });
  expect((await findRunningFlow(terminalAt(moved), { name: "one" }))?.name).toBe("one");
  const other = writeFlow("other");
  mkdirSync(flowPaths(other).folder, { recursive: true });
  const record = { root: join(root, "run", "jflow"), file: other };
  writeFileSync(flowPaths(other).runtimeFile, runtimeFileText(record));
  expect(await findRunningFlow(terminalAt(dirname(other)), {}), "another flow").toBe(undefined);
  servers.pop()!.close();
  expect(await findRunningFlow(terminalAt(moved), {}), "its supervisor is gone").toBe(undefined);
});

test("without a flow file the only running flow is found, and several are an error", async () => {
  await run("one");
  expect((await findRunningFlow(terminalAt(root), {}))?.name).toBe("one");
  await run("two");
  await expect(findRunningFlow(terminalAt(root), {})).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringMatching(
      /^several flows are running: select one with --name or -f\n {2}one .*\n {2}two /,
    ) as string,
  });
});

test("a command that changes a flow never takes the only running one", async () => {
  mkdirSync(join(root, "run"));
  expect(await findRunningFlow(terminalAt(root), {}, "change")).toBe(undefined);
  const file = await run("one");
  await expect(findRunningFlow(terminalAt(root), {}, "change")).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `no flow file in this folder or above: select the flow with --name or its file\n  one  ${file}`,
  });
  expect((await findRunningFlow(terminalAt(root), { name: "one" }, "change"))?.name).toBe("one");
  expect((await findRunningFlow(terminalAt(dirname(file)), {}, "change"))?.name).toBe("one");
});
