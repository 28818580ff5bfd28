import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { ReplicaSpec } from "../../../src/model/replica.ts";
import { PythonKeeper } from "../../../src/worker/python/python-keeper.ts";
import { SilentSupervisor } from "../silent-supervisor.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "jflow-python-"));
  folders.push(folder);
  return folder;
}

/** Keeps what `script`, in the place of Python, does. */
async function keep(script: string | undefined, lines: string[] = []): Promise<unknown> {
  const folder = makeFolder();
  const program = join(folder, "python3");
  if (script !== undefined) {
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
  }
  const spec: ReplicaSpec = {
    kind: "worker",
    mode: "run",
    flow: "f",
    address: "e/0/0",
    deployment: "e",
    shard: 0,
    shards: 1,
    replica: 0,
    replicas: 1,
    processId: "p",
    module: { path: "/x.py", python: { uses: "Up", modules: ["/x.py"] } },
    uses: "Up",
    usesWith: {},
    workspace: join(folder, "w"),
    durability: "request",
    host: "127.0.0.1",
    controlSocket: join(folder, "none.sock"),
    maxMessageBytes: 1_000_000,
    exitOnExceptions: [],
  };
  const print = (_: string, line: string): void => void lines.push(line);
  const supervisor = new SilentSupervisor(spec);
  return PythonKeeper.start(spec, { supervisor, program, env: {}, print, end: () => undefined });
}

test("a missing Python is reported with the way to install it", async () => {
  await expect(keep(undefined)).rejects.toThrow(
    /^cannot start .*python3: the program was not found. Install Python 3 with jina, or set JFLOW_PYTHON$/,
  );
});

test("a Python without jina is reported with the command that installs it", async () => {
  await expect(keep("echo 'python3: No module named jina' >&2; exit 1")).rejects.toThrow(
    /has no jina: run .*python3 -m pip install jina/,
  );
});

test("an executor that ends before it serves is reported with its code and its last line, and its output is printed", async () => {
  const lines: string[] = [];
  await expect(
    keep("echo loading; echo 'ValueError: bad model' >&2; exit 3", lines),
  ).rejects.toThrow(
    "Python ended with code 3 before the executor served; its last line: ValueError: bad model",
  );
  expect(lines.toSorted()).toEqual(["ValueError: bad model", "loading"]);
});

test("the end of an executor is noticed although a process of it holds its output open", async () => {
  const begun = performance.now();
  await expect(keep("sleep 15 & echo 'no model' >&2; exit 3")).rejects.toThrow(/no model/);
  expect(performance.now() - begun).toBeLessThan(10_000);
});
