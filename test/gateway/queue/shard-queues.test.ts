import { expect, test } from "vitest";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import { connectClient, makeRequest, readAnswer, startGateway, startWorker } from "../rig.ts";

/** A worker that answers nothing until `release`, and knows its most calls at once. */
async function startHolding() {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const calls = { now: 0, most: 0 };
  const worker = await startWorker(async () => {
    calls.now += 1;
    calls.most = Math.max(calls.most, calls.now);
    await gate;
    calls.now -= 1;
  });
  return { worker, calls, release };
}

test("max_in_flight bounds the calls of a replica, and a full queue refuses requests at once", async () => {
  const { worker, calls, release } = await startHolding();
  const encoder = makeDeployment("encoder", {
    maxInFlight: 2,
    maxQueued: 3,
    replicas: [makeReplica("encoder", worker.target)],
  });
  const gateway = await startGateway(makeTopology([encoder]));
  const client = connectClient(gateway);
  const send = async (id: string) => client.processSingleData(makeRequest("/encode", [id]));
  const accepted = ["1", "2", "3", "4", "5"].map(send);
  await expect(send("6")).rejects.toMatchObject({
    code: "OVERLOADED",
    message:
      "encoder has 2 requests in flight (max_in_flight) and 3 in its queue (max_queued): try again later",
  });
  await expect.poll(() => calls.now).toBe(2);
  release();
  const answers = await Promise.all(accepted);
  const ids = answers.map(({ response }) => readAnswer(response).documents[0]!.id);
  expect(ids).toEqual(["1", "2", "3", "4", "5"]);
  expect(calls.most).toBe(2);
});

test("a request to several shards is refused before any of them receives it", async () => {
  const [held, free] = [await startHolding(), await startWorker(() => undefined)];
  const index = makeDeployment("index", {
    shards: 2,
    maxInFlight: 1,
    maxQueued: 0,
    polling: { "*": "ALL", "/one": "HASH" },
    replicas: [held.worker, free].map(({ target }, shard) =>
      makeReplica("index", target, { shard }),
    ),
  });
  const gateway = await startGateway(makeTopology([index]));
  const client = connectClient(gateway);
  const send = async () => client.processSingleData(makeRequest("/all", ["x"]));
  const first = send();
  await expect.poll(() => held.calls.now).toBe(1);
  await expect(send()).rejects.toMatchObject({ code: "OVERLOADED" });
  expect(free.seen).toHaveLength(1);
  held.release();
  await first;
});

test("reads and writes of a shard count apart", async () => {
  const { worker, calls, release } = await startHolding();
  const index = makeDeployment("index", {
    stateful: true,
    maxInFlight: 1,
    maxQueued: 0,
    writes: ["/index"],
    replicas: [makeReplica("index", worker.target, { role: "primary" })],
  });
  const gateway = await startGateway(makeTopology([index]));
  const client = connectClient(gateway);
  const send = async (endpoint: string) => client.processSingleData(makeRequest(endpoint, ["x"]));
  const write = send("/index");
  await expect.poll(() => calls.now).toBe(1);
  const read = send("/search");
  await expect.poll(() => calls.now).toBe(2);
  await expect(send("/index")).rejects.toMatchObject({ code: "OVERLOADED" });
  await expect(send("/search")).rejects.toMatchObject({ code: "OVERLOADED" });
  release();
  await Promise.all([write, read]);
});

test("least_in_flight sends no further request to a replica that hangs", async () => {
  const [hung, quick] = [await startHolding(), await startWorker(() => undefined)];
  const encoder = makeDeployment("encoder", {
    balancing: "least_in_flight",
    replicas: [hung.worker, quick].map(({ target }, replica) =>
      makeReplica("encoder", target, { replica }),
    ),
  });
  const gateway = await startGateway(makeTopology([encoder]));
  const client = connectClient(gateway);
  const send = async () => client.processSingleData(makeRequest("/encode", ["x"]));
  const first = send();
  await expect.poll(() => hung.calls.now).toBe(1);
  for (let turn = 0; turn < 20; turn++) await send();
  expect(hung.worker.seen).toHaveLength(1);
  expect(quick.seen).toHaveLength(20);
  hung.release();
  await first;
});
