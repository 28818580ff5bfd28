import { execFileSync } from "node:child_process";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionLoss } from "../../../src/wire/connection-loss.ts";
import { openWorkerBench, type WorkerBench } from "../worker-process.ts";
import { makeRequest } from "./rig.ts";
import { ShardRig } from "./shard-rig.ts";

let bench: WorkerBench;
beforeAll(async () => {
  bench = await openWorkerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** 25 writes of 100 ms: replaying them would take more than 2 s, so that a snapshot is due. */
const SLOW = { usesWith: { slowMs: 100 } };

async function writeSlowly(shard: ShardRig, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, offset) => from + offset);
  await Promise.all(
    numbers.map((n) => shard.write(`op-${n}`, "/index", { [`d${n}`]: `text ${n}` })),
  );
}

async function listSnapshots(workspace: string): Promise<string[]> {
  const names = await readdir(join(workspace, "snapshots"));
  return names.filter((name) => /^\d/.test(name)).toSorted();
}

async function haveSnapshot(...workspaces: readonly string[]): Promise<boolean> {
  const counts = await Promise.all(
    workspaces.map(async (workspace) => (await listSnapshots(workspace)).length),
  );
  return counts.every((count) => count > 0);
}

describe("a write that ends its process", () => {
  test("is never logged, and the shard continues without it", async () => {
    const shard = new ShardRig(bench, { deployment: "killer", replicas: 2 });
    await shard.green();
    await shard.write("a", "/index", { x: "1" });
    const connection = await shard.primary!.connection();
    const lost = connection.call({
      endpoint: "/kill",
      operationId: "killer",
      requests: [makeRequest({ y: "1" }, "/kill")],
    });
    expect(await lost.then(() => "answered", connectionLoss)).toBe("maybe");
    await shard.write("b", "/index", { z: "1" });
    expect(await shard.converged()).toMatchObject({ seq: 2, docs: 2 });
    await shard.killAll();
  });
});

describe("snapshots", () => {
  test("are taken by the other copy, fetched by the primary, and restore a copy that lost its disk", async () => {
    const shard = new ShardRig(bench, { deployment: "snapshots", replicas: 2, spec: SLOW });
    await shard.green();
    await writeSlowly(shard, 0, 25);
    const { workspace } = shard.primary!.spec;
    const { child, exit, spec } = shard.follower;
    await expect
      .poll(() => haveSnapshot(workspace, spec.workspace), { timeout: 15_000 })
      .toBe(true);

    child.kill("SIGKILL");
    await exit;
    await rm(spec.workspace, { recursive: true });
    expect(await shard.converged()).toMatchObject({ seq: 25, docs: 25 });
    // Its log begins behind a snapshot: it did not run the writes before that.
    const [segment] = await readdir(join(spec.workspace, "log"));
    expect(
      Number(segment?.match(/-(\d+)\.log$/)?.[1]),
      `first record of ${segment}`,
    ).toBeGreaterThan(1);
    await shard.killAll();
  });

  test("of a lone copy make its writers wait, and no write is lost", async () => {
    const shard = new ShardRig(bench, { deployment: "lone", replicas: 1, spec: SLOW });
    await shard.green();
    const { workspace } = shard.worker(0).spec;
    await writeSlowly(shard, 0, 25);
    await expect
      .poll(async () => (await listSnapshots(workspace)).length, { timeout: 10_000 })
      .toBe(1);
    await writeSlowly(shard, 25, 28);
    expect(await shard.converged()).toMatchObject({ seq: 28, docs: 28 });
    await shard.killAll();
  });
});

test("a copy that dies twice of one record waits for a snapshot beyond that record and is restored from it", async () => {
  const shard = new ShardRig(bench, { deployment: "poisoned", replicas: 2, spec: SLOW });
  await shard.green();
  await writeFile(join(shard.primary!.spec.workspace, "executor", "antidote"), "");
  const { replica } = shard.follower.spec;
  await shard.write("poison", "/poison", { x: "1" });
  await shard.until(() => shard.isHeld(replica), "the second death");
  await writeSlowly(shard, 0, 25);
  await shard.until(() => !shard.isHeld(replica), "the snapshot");
  expect(await shard.converged()).toMatchObject({ seq: 26, docs: 26 });
  await shard.killAll();
});

test.runIf(process.platform === "linux")(
  "a log that cannot be written ends the process with code 74, and no write is acknowledged",
  async () => {
    const shard = new ShardRig(bench, { deployment: "full", replicas: 1 });
    await shard.green();
    await shard.write("a", "/index", { x: "1" });
    const worker = shard.worker(0);
    const [segment] = await readdir(join(worker.spec.workspace, "log"));
    const { size } = await stat(join(worker.spec.workspace, "log", segment!));
    execFileSync("/usr/bin/prlimit", ["--pid", String(worker.child.pid), `--fsize=${size + 100}`]);
    const connection = await worker.connection();
    const lost = connection.call({
      endpoint: "/index",
      operationId: "b",
      requests: [makeRequest({ y: "x".repeat(5000) })],
    });
    expect(await lost.then(() => "answered", connectionLoss)).toBe("maybe");
    expect((await worker.exit).code).toBe(74);
    expect(worker.output.stderr).toContain("full/0/0 ends: cannot write the log");
    await shard.green();
    expect(await shard.converged()).toMatchObject({ seq: 1, docs: 1 });
    await shard.killAll();
  },
);

test("a copy with damage in the middle of its log is restored from the other copy, and its files are kept", async () => {
  const first = new ShardRig(bench, { deployment: "damaged", replicas: 2 });
  await first.green();
  for (let n = 0; n < 20; n += 1)
    await first.write(`op-${n}`, "/index", { [`d${n}`]: "x".repeat(200) });
  const before = await first.converged();
  const { workspace } = first.worker(1).spec;
  await first.killAll();
  const [segment] = await readdir(join(workspace, "log"));
  const path = join(workspace, "log", segment!);
  const bytes = await readFile(path);
  bytes[1000] = bytes[1000]! ^ 0xff;
  await writeFile(path, bytes);

  const second = new ShardRig(bench, {
    deployment: "damaged",
    replicas: 2,
    persisted: first.persisted,
  });
  expect(await second.converged()).toEqual(before);
  expect(second.notices.join("\n")).toContain(`kept in ${workspace}.damaged-1`);
  await second.killAll();
});
