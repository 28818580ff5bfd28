import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import {
  identifyProcess,
  isAlive,
  isGroupAlive,
  parseStat,
  sampleProcess,
  signalProcess,
} from "../../../src/util/process/process-identity.ts";

const STAT =
  "4711 (a (b) c) S 1 4712 4711 0 -1 4194304 1 2 3 4 150 50 0 0 20 0 11 0 987654 1000 2000 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0";

test("a name with blanks and parentheses does not shift the fields of /proc/<pid>/stat", () => {
  expect(parseStat(STAT)).toEqual({
    state: "S",
    group: 4712,
    cpuMs: 2000,
    startTime: 987_654,
    rssBytes: 2000 * 4096,
  });
});

test("what is no line of /proc gives nothing", () => {
  expect(parseStat("")).toBeUndefined();
});

describe.runIf(process.platform === "linux")("on Linux", () => {
  test("a process is alive, unless another one has its pid by now", () => {
    const self = identifyProcess(process.pid);
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, startTime: self.startTime! + 1 })).toBe(false);
  });

  test("a process that has ended is dead before it is collected", async () => {
    // The child ends when the shell is `sleep`, which collects no child: a shell may collect it.
    const parent = spawn("sh", ["-c", "head -c 1 <&3 >&2 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    const [chunk] = (await once(parent.stdout!, "data")) as [Buffer];
    const pid = Number(chunk.toString());
    const command = `/proc/${parent.pid!}/comm`;
    while (readFileSync(command, "utf8") !== "sleep\n") await new Promise(setImmediate);
    (parent.stdio[3] as Writable).end("x");
    while (sampleProcess(pid)?.state !== "Z") await new Promise(setImmediate);
    expect(isAlive(identifyProcess(pid))).toBe(false);
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });

  test("a group lives as long as any process of it, and no longer", async () => {
    const leader = spawn("sh", ["-c", "sleep 60 & echo started; exit 0"], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(leader, "exit");
    expect(isGroupAlive(leader.pid!)).toBe(true);
    signalProcess(-leader.pid!, "SIGKILL");
    while (isGroupAlive(leader.pid!)) await new Promise(setImmediate);
    expect(isGroupAlive(leader.pid!)).toBe(false);
  });
});

test("a signal to nobody says so", () => {
  expect(signalProcess(2 ** 22 + 1, 0)).toBe(false);
});
