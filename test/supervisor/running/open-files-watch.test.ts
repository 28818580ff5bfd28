import { expect, test } from "vitest";
import { judgeOpenFiles, noticeLowLimit } from "../../../src/supervisor/decide/open-files.ts";
import {
  OpenFilesWatch,
  type WatchedReplica,
} from "../../../src/supervisor/running/open-files-watch.ts";
import { parseLimit, sampleOpenFiles } from "../../../src/util/process/open-files.ts";

const FULL = "too many open files: the limit is 256 (ulimit -n), and new connections fail";

test.each([
  { count: 200, want: null },
  { count: 253, want: null },
  { count: 254, want: FULL },
  { count: 256, want: FULL },
])("$count open files of 256", ({ count, want }) => {
  expect(judgeOpenFiles({ count, limit: 256 })).toBe(want);
});

test("a process that cannot be sampled has no problem", () => {
  expect(judgeOpenFiles(undefined)).toBe(null);
});

test.each([
  { limit: 256, processes: 5, want: expect.stringContaining("may open 256 files") as string },
  { limit: 1_024, processes: 5, want: undefined },
  { limit: 1_024, processes: 100, want: expect.stringContaining("allow 1600 or more") as string },
  { limit: Number.POSITIVE_INFINITY, processes: 1_000, want: undefined },
])("a limit of $limit for $processes processes", ({ limit, processes, want }) => {
  expect(noticeLowLimit(limit, processes)).toEqual(want);
});

test("the begin and the end of a problem are reported once, also of a kept process", () => {
  let count = 10;
  const changes: [string, string | null][] = [];
  const replicas = [
    { address: "gateway/0/0", pid: 1, keptPid: null },
    { address: "py/0/0", pid: 2, keptPid: 3 },
    { address: "gone/0/0", pid: null, keptPid: null },
  ];
  const watch = new OpenFilesWatch<WatchedReplica>(
    () => replicas,
    ({ address }, problem) => changes.push([address, problem]),
    (pid) => ({ count: pid === 3 ? count : 10, limit: 256 }),
  );
  watch.check();
  count = 256;
  watch.check();
  watch.check();
  expect([watch.problemOf("py/0/0"), watch.problemOf("gateway/0/0")]).toEqual([FULL, null]);
  count = 10;
  watch.check();
  expect(changes).toEqual([
    ["py/0/0", FULL],
    ["py/0/0", null],
  ]);
});

test("the limit is that of the line in /proc", () => {
  expect(parseLimit("Max processes 10 10 p\nMax open files            256    4096   files\n")).toBe(
    256,
  );
  expect(parseLimit("Max open files   unlimited  unlimited files")).toBe(Number.POSITIVE_INFINITY);
  expect(parseLimit("")).toBe(undefined);
});

test.runIf(process.platform === "linux")("this process has open files", () => {
  const { count, limit } = sampleOpenFiles(process.pid)!;
  expect(count).toBeGreaterThan(2);
  expect(limit).toBeGreaterThan(count);
});
