import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";
import { openWorkerBench, type WorkerBench } from "../worker-process.ts";
import { ShardRig } from "./shard-rig.ts";

let bench: WorkerBench;
beforeAll(async () => {
  bench = await openWorkerBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

/**
 * Writes `d<from>` to `d<to - 1>`, eight at a time. `onAcknowledged` receives the number of
 * acknowledged writes.
 */
async function writeMany(
  shard: ShardRig,
  from: number,
  to: number,
  onAcknowledged: (count: number) => void = () => undefined,
): Promise<void> {
  let next = from;
  let acknowledged = 0;
  const writer = async (): Promise<void> => {
    for (let n = next; n < to; n = next) {
      next += 1;
      const reply = await shard.write(`op-${n}`, "/index", { [`d${n}`]: `text ${n}` });
      expect(reply.isError, `write ${n}`).toBe(false);
      acknowledged += 1;
      onAcknowledged(acknowledged);
    }
  };
  await Promise.all(Array.from({ length: 8 }, writer));
}

describe("two copies of a shard", () => {
  test("an acknowledged write is on both, and each copy in rotation shows it", async () => {
    const shard = new ShardRig(bench, { deployment: "both", replicas: 2 });
    await shard.green();
    const reply = await shard.write("a", "/index", { x: "one" });
    expect(reply).toMatchObject({ isError: false, copies: { total: 2, successful: 2, failed: 0 } });
    expect(await Promise.all([0, 1].map((replica) => shard.read(replica, "x")))).toEqual([
      ["one"],
      ["one"],
    ]);
    expect(await shard.converged()).toMatchObject({ seq: 1, docs: 1 });
    await shard.killAll();
  });

  test("a copy that is not the primary refuses writes", async () => {
    const shard = new ShardRig(bench, { deployment: "refuse", replicas: 2 });
    await shard.green();
    const connection = await shard.follower.connection();
    const { address } = shard.follower.spec;
    await expect(
      connection.call({ endpoint: "/index", operationId: "a", requests: [] }),
    ).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    await expect(shard.write("a", "/index", { x: "1" })).resolves.toMatchObject({ isError: false });
    const request = (await shard.write("b", "/index", { y: "1" })).response;
    await expect(
      connection.call({ endpoint: "/index", operationId: "c", requests: [request] }),
    ).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: `${address} is not the primary of its shard`,
    });
    await shard.killAll();
  });

  test("kill -9 of the primary under load loses no acknowledged write, and the copies become equal", async () => {
    const shard = new ShardRig(bench, { deployment: "primary-dies", replicas: 2 });
    await shard.green();
    let kills = 0;
    await writeMany(shard, 0, 400, (acknowledged) => {
      if (acknowledged % 100 !== 50) return;
      kills += 1;
      shard.primary?.child.kill("SIGKILL");
    });
    expect(kills).toBe(4);
    const held = await shard.converged();
    expect(held).toMatchObject({ seq: 400, docs: 400 });
    expect(await shard.read(1, "d0", "d399")).toEqual(["text 0", "text 399"]);
    await shard.killAll();
  });

  test("kill -9 of the other copy under load fails no write, and it catches up", async () => {
    const shard = new ShardRig(bench, { deployment: "follower-dies", replicas: 2 });
    await shard.green();
    await writeMany(shard, 0, 300, (acknowledged) => {
      if (acknowledged % 100 === 50) shard.follower.child.kill("SIGKILL");
    });
    expect(await shard.converged()).toMatchObject({ seq: 300, docs: 300 });
    await shard.killAll();
  });

  test("kill -9 of everything keeps every acknowledged write", async () => {
    const first = new ShardRig(bench, { deployment: "all-die", replicas: 2 });
    await first.green();
    await writeMany(first, 0, 50);
    const before = await first.converged();
    await first.killAll();
    const second = new ShardRig(bench, {
      deployment: "all-die",
      replicas: 2,
      persisted: first.persisted,
    });
    expect(await second.converged()).toEqual(before);
    expect(await second.read(0, "d49")).toEqual(["text 49"]);
    await second.killAll();
  });

  test("after a clean end, the next start replays no record and knows the operation ids", async () => {
    const first = new ShardRig(bench, { deployment: "drained", replicas: 2 });
    await first.green();
    await writeMany(first, 0, 50);
    const before = await first.converged();
    expect(await first.drainAll()).toEqual([0, 0]);
    const second = new ShardRig(bench, {
      deployment: "drained",
      replicas: 2,
      persisted: first.persisted,
    });
    await second.green();
    await second.write("op-7", "/index", { d7: "changed" });
    expect(await second.converged()).toEqual(before);
    await second.killAll();
  });

  test("a write that throws has the same outcome on every copy, and its caller receives it", async () => {
    const shard = new ShardRig(bench, { deployment: "throws", replicas: 2 });
    await shard.green();
    const reply = await shard.write("a", "/fail", { x: "1" });
    expect(DataRequest.read(reply.response).header.status?.description).toBe(
      "RangeError: cannot index x",
    );
    expect(await shard.converged()).toMatchObject({ seq: 1, docs: 0, digest: "[1]" });
    await shard.killAll();
  });

  test("a copy with another outcome is struck, restored from the primary, and equal again", async () => {
    const shard = new ShardRig(bench, { deployment: "odd", replicas: 2 });
    await shard.green();
    await writeMany(shard, 0, 20);
    const mark = join(shard.follower.spec.workspace, "executor", "odd");
    await writeFile(mark, "");
    await shard.write("odd", "/odd", { x: "1" });
    await shard.until(() => !existsSync(mark), "the odd outcome");
    await shard.until(() => shard.inSyncCount === 1, "the strike");
    expect(await shard.converged()).toMatchObject({ seq: 21, docs: 21 });
    await shard.killAll();
  });
});
