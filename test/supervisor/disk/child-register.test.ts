import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  ChildRegister,
  type RegisteredChild,
  readRegister,
  reapChildren,
} from "../../../src/supervisor/disk/child-register.ts";
import { identifyProcess, isAlive } from "../../../src/util/process/process-identity.ts";

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
  expect(await reapChildren(path)).toBe(1);
  expect(isAlive(identity)).toBe(false);
});

test("another process with a recorded pid is left alone", async () => {
  const identity = identifyProcess(sleeper.pid!);
  await writeFile(path, JSON.stringify([record({ startTime: identity.startTime! - 1 })]));
  expect(await reapChildren(path)).toBe(0);
  expect(isAlive(identity)).toBe(true);
});

test("a missing register has no children to end", async () => {
  expect(await reapChildren(path)).toBe(0);
});

test.each(["", "[{", '{"pid":1}'])("a damaged register counts as empty: %j", async (text) => {
  await writeFile(path, text);
  const notices: string[] = [];
  expect(await reapChildren(path, (notice) => notices.push(notice))).toBe(0);
  expect(notices).toEqual([expect.stringMatching(`^${path} is damaged and counts as empty`)]);
});
