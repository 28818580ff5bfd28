import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  ChildRegister,
  findStrays,
  type RegisteredChild,
  readRegister,
  reapChildren,
} from "../../../src/supervisor/disk/child-register.ts";
import { noticeReaped } from "../../../src/supervisor/describe/notices.ts";
import { markEnvironment } from "../../../src/util/process/marked-processes.ts";
import { identifyProcess, isAlive } from "../../../src/util/process/process-identity.ts";

const NONE = { ended: 0, left: [] };

let folder: string;
let path: string;
let sleeper: ChildProcess;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-register-"));
  path = join(folder, "children.json");
  sleeper = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  await once(sleeper, "spawn");
});
afterEach(async () => {
  sleeper.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

const record = (more: object = {}): RegisteredChild => ({
  ...identifyProcess(sleeper.pid!),
  address: "a/0/0",
  processId: "p1",
  ...more,
});

test("a child is on disk when add resolves, also with many at once", async () => {
  const register = new ChildRegister(path);
  await Promise.all(
    Array.from({ length: 20 }, async (_, number) =>
      register.add(record({ processId: `p${number}` })),
    ),
  );
  expect((await readRegister(path)).map(({ processId }) => processId)).toEqual(
    Array.from({ length: 20 }, (_, number) => `p${number}`),
  );
});

test("a removed child is not in the next write", async () => {
  const register = new ChildRegister(path);
  await register.add(record({ processId: "p1" }));
  register.remove("p1");
  await register.add(record({ processId: "p2" }));
  expect((await readRegister(path)).map(({ processId }) => processId)).toEqual(["p2"]);
});

test("children of an earlier supervisor are ended", async () => {
  const identity = identifyProcess(sleeper.pid!);
  await new ChildRegister(path).add(record());
  expect(await reapChildren(path)).toEqual({ ended: 1, left: [] });
  expect(isAlive(identity)).toBe(false);
});

/** Starts a shell in its own group that starts `command`, prints the new pid and ends. */
async function leaveBehind(command: string): Promise<{ group: number; pid: number }> {
  const shell = spawn("sh", ["-c", `${command} >/dev/null & echo $!`], {
    detached: true,
    env: markEnvironment({ PATH: process.env["PATH"]! }, "p1"),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [printed] = (await once(shell.stdout, "data")) as [Buffer];
  await once(shell, "close");
  return { group: shell.pid!, pid: Number(printed) };
}

test.runIf(process.platform === "linux")(
  "processes of a child that has ended are ended if they are still in its group",
  async () => {
    const { group, pid } = await leaveBehind("sleep 60");
    const identity = identifyProcess(pid);
    await writeFile(path, JSON.stringify([record({ pid: group, startTime: 1 })]));
    expect(await reapChildren(path)).toEqual({ ended: 1, left: [] });
    expect(isAlive(identity)).toBe(false);
  },
);

test.runIf(process.platform === "linux")(
  "a process that left the group of its child is named and not ended",
  async () => {
    const { group, pid } = await leaveBehind("exec setsid sleep 60");
    try {
      await vi.waitFor(() =>
        expect(findStrays(new Map([["p1", "a/0/0"]]))[0]?.command).toBe("sleep 60"),
      );
      await writeFile(path, JSON.stringify([record({ pid: group, startTime: 1 })]));
      const left = [{ address: "a/0/0", pid, command: "sleep 60" }];
      expect(await reapChildren(path)).toEqual({ ended: 0, left });
      expect(findStrays(new Map([["p1", "a/0/0"]]))).toEqual(left);
      expect(noticeReaped({ ended: 0, left })).toEqual([
        `process ${pid} (sleep 60) left the process group of a/0/0 and still runs: end it with kill ${pid}`,
      ]);
    } finally {
      process.kill(pid, "SIGKILL");
    }
  },
);

test("another process with a recorded pid is left alone", async () => {
  const identity = identifyProcess(sleeper.pid!);
  await writeFile(path, JSON.stringify([record({ startTime: identity.startTime! - 1 })]));
  expect(await reapChildren(path)).toEqual(NONE);
  expect(isAlive(identity)).toBe(true);
});

test("a missing register has no children to end", async () => {
  expect(await reapChildren(path)).toEqual(NONE);
});

test.each(["", "[{", '{"pid":1}'])("a damaged register counts as empty: %j", async (text) => {
  await writeFile(path, text);
  const notices: string[] = [];
  expect(await reapChildren(path, (notice) => notices.push(notice))).toEqual(NONE);
  expect(notices).toEqual([expect.stringMatching(`^${path} is damaged and counts as empty`)]);
});
