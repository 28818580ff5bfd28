import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runtimePaths } from "../../../src/model/paths.ts";
import { claimFlow } from "../../../src/supervisor/disk/runtime-folder.ts";
import { identifyProcess, isAlive } from "../../../src/util/process/process-identity.ts";

const FLOW = {
  id: "abcd1234",
  name: "search",
  file: "/p/flow.yml",
  pid: 4711,
  version: "0.1.0",
  startedAt: "2026-11-24T11:00:00.000Z",
};
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "jflow-claim-"));
});
afterEach(async () => rm(root, { recursive: true }));

const paths = (): ReturnType<typeof runtimePaths> => runtimePaths(root, "abcd1234");

async function claim(): ReturnType<typeof claimFlow> {
  return claimFlow(root, paths(), `jflow-${root}`);
}

async function listen(path: string): Promise<Server> {
  const server = createServer();
  server.listen(path);
  await once(server, "listening");
  return server;
}

test("a second supervisor is refused with the pid of the first", async () => {
  const first = await claim();
  await writeFile(paths().flowFile, JSON.stringify(FLOW));
  const socket = await listen(paths().socket);
  await expect(claim()).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
    message:
      'flow "search" is already running: /p/flow.yml, supervisor pid 4711. jflow ps shows the flow, jflow down stops it',
  });
  socket.close();
  await first.release();
});

test("a released claim leaves no files and can be taken again", async () => {
  await (await claim()).release();
  expect(await readdir(root)).toEqual([]);
  await (await claim()).release();
});

test("exactly one of two concurrent claims succeeds", async () => {
  const start = async (): Promise<Awaited<ReturnType<typeof claimFlow>>> => {
    const taken = await claim();
    (await listen(paths().socket)).unref();
    return taken;
  };
  const outcomes = await Promise.allSettled([start(), start()]);
  const lost = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(lost.map(({ reason }) => (reason as { code: string }).code)).toEqual(["ALREADY_EXISTS"]);
  for (const outcome of outcomes) if (outcome.status === "fulfilled") await outcome.value.release();
});

test("a dead socket is removed, and the children of its supervisor are ended", async () => {
  await mkdir(paths().folder, { mode: 0o700 });
  await writeFile(paths().socket, "");
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  const identity = identifyProcess(child.pid!);
  await writeFile(
    paths().childrenFile,
    JSON.stringify([{ ...identity, address: "a/0/0", processId: "p" }]),
  );
  const taken = await claim();
  expect(taken.reaped).toEqual({ ended: 1, left: [] });
  expect(isAlive(identity)).toBe(false);
  expect(await readdir(paths().folder)).not.toContain("s");
  await taken.release();
});

test("a folder that other users can write to is refused", async () => {
  await mkdir(paths().folder, { recursive: true });
  await chmod(paths().folder, 0o777);
  await expect(claim()).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining("chmod 700") as string,
  });
});

test.runIf(process.platform === "linux")(
  "a runtime folder that cannot be made is refused with the variable",
  async () => {
    const at = runtimePaths("/proc/jflow", "abcd1234");
    await expect(claimFlow("/proc/jflow", at, `jflow-${root}`)).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      message: expect.stringMatching(
        /^cannot use the runtime folder \/proc\/jflow: ENOENT.*Set XDG_RUNTIME_DIR/,
      ) as string,
    });
  },
);

test("a damaged list of children does not prevent a start, and is reported", async () => {
  await mkdir(paths().folder, { mode: 0o700 });
  await writeFile(paths().childrenFile, "");
  const taken = await claim();
  expect(taken.notices).toEqual([expect.stringContaining("children.json is damaged")]);
  await taken.release();
});
