import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findStale, reportStale } from "../../../../src/cli/commands/doctor/stale-state.ts";
import { runtimePaths } from "../../../../src/model/paths.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "doctor-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Returns the pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid!;
}

function leave(id: string, pid: number, children: readonly object[]): string {
  const { folder, flowFile, childrenFile } = runtimePaths(root, id);
  mkdirSync(folder);
  writeFileSync(flowFile, JSON.stringify({ name: "shop", file: "/shop/flow.yml", pid }));
  writeFileSync(childrenFile, JSON.stringify(children));
  return folder;
}

test("what a killed supervisor left is named, and removed only when that is asked for", async () => {
  const folder = leave("0123abcd", await deadPid(), []);
  const stale = await findStale(root, new Set());
  expect(stale).toEqual([{ folder, file: "/shop/flow.yml", orphans: [] }]);
  expect(await reportStale(stale, false)).toMatchObject([
    { level: "warn", fix: "run jflow doctor --clean" },
  ]);
  expect(existsSync(folder)).toBe(true);
  expect(await reportStale(stale, true)).toMatchObject([{ level: "ok" }]);
  expect(existsSync(folder)).toBe(false);
});

test("a folder with living processes of a killed supervisor is never removed", async () => {
  const child = { pid: process.pid, startTime: null, address: "a/0/0", processId: "x" };
  const folder = leave("0123abcd", await deadPid(), [child]);
  const stale = await findStale(root, new Set());
  expect(await reportStale(stale, true)).toMatchObject([
    { level: "error", fix: "run jflow down /shop/flow.yml" },
  ]);
  expect(existsSync(folder)).toBe(true);
});

test("a flow that runs or starts is not stale, and neither are other files", async () => {
  leave("0123abcd", process.pid, []);
  leave("11111111", await deadPid(), []);
  mkdirSync(join(root, "notes"));
  expect(await findStale(root, new Set(["11111111"]))).toEqual([]);
  expect(await findStale(join(root, "absent"), new Set())).toEqual([]);
  expect(await reportStale([], true)).toMatchObject([{ level: "ok" }]);
});
