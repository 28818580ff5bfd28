import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { sampleProcess } from "../../../src/util/process/process-identity.ts";
import { listDescendants, measureTree } from "../../../src/util/process/process-tree.ts";

test.runIf(existsSync("/proc/self/task"))(
  "the memory of a process includes that of the processes that it started, directly or not",
  async () => {
    const child = spawn("sh", ["-c", "sh -c 'echo $$; read line; true'; true"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const grandchild = Number(line.toString());
    expect(listDescendants(child.pid!)).toEqual([grandchild]);
    expect(listDescendants(process.pid)).toEqual(expect.arrayContaining([child.pid, grandchild]));
    const rssOf = (pid: number): number => sampleProcess(pid)!.rssBytes;
    expect(measureTree(child.pid!)).toBe(rssOf(child.pid!) + rssOf(grandchild));
    child.stdin.end("\n");
    await once(child, "close");
    expect(measureTree(child.pid!)).toBeNull();
  },
);
