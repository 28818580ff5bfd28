import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { JflowError } from "../../../src/util/errors.ts";
import type { Topology, TopologyDeployment } from "../../../src/model/topology.ts";
import type { WorkerReply, WorkerRequest } from "../../../src/wire/exchange/messages.ts";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import {
  connectClient,
  makeRequest,
  readAnswer,
  startGateway,
  startRawWorker,
  type TestWorker,
} from "../rig.ts";

const COPIES = { total: 2, successful: 2, failed: 0 };

async function acknowledge(request: WorkerRequest): Promise<WorkerReply> {
  return { response: request.requests[0]!, isError: false, copies: COPIES };
}

function makeIndexer(
  primaries: readonly (TestWorker | undefined)[],
  changes: Partial<TopologyDeployment> = {},
): TopologyDeployment {
  return makeDeployment("indexer", {
    shards: primaries.length,
    stateful: true,
    endpoints: ["/index", "/search"],
    writes: ["/index"],
    polling: { "*": "HASH" },
    replicas: primaries.flatMap((worker, shard) =>
      worker
        ? [
            makeReplica("indexer", worker.target, {
              shard,
              role: "primary",
              processId: worker.target,
            }),
          ]
        : [],
    ),
    ...changes,
  });
}

const follow = (
  version: number,
  deployment: TopologyDeployment,
  changes: Partial<Topology> = {},
): Topology => makeTopology([deployment], { version, ...changes });

describe("a write", () => {
  test("goes to the primary of each shard with an operation id of its own, and counts copies", async () => {
    const workers = [await startRawWorker(acknowledge), await startRawWorker(acknowledge)];
    const gateway = await startGateway(makeTopology([makeIndexer(workers)]));
    const request = makeRequest(
      "/index",
      Array.from({ length: 10 }, (_, i) => `doc-${i}`),
    );
    const options = { metadata: { "idempotency-key": "key" } };
    const { response } = await connectClient(gateway).processSingleData(request, options);
    expect(workers.map(({ seen }) => seen.map(({ operationId }) => operationId))).toEqual([
      ["key:0"],
      ["key:1"],
    ]);
    expect(readAnswer(response).parameters["_shards"]).toEqual({
      total: 4,
      successful: 4,
      failed: 0,
    });
    expect(readAnswer(response).documents.map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, i) => `doc-${i}`),
    );
  });

  test("goes to the primary even while that is out of the read rotation", async () => {
    const worker = await startRawWorker(acknowledge);
    const replica = makeReplica("indexer", worker.target, { role: "primary", readable: false });
    const gateway = await startGateway(
      makeTopology([makeIndexer([worker], { replicas: [replica] })]),
    );
    const { response } = await connectClient(gateway).processSingleData(
      makeRequest("/index", ["1"]),
    );
    expect(readAnswer(response).status).toBe(undefined);
  });

  test("waits for a primary to come", async () => {
    const worker = await startRawWorker(acknowledge);
    const gateway = await startGateway(makeTopology([makeIndexer([undefined])]));
    const answering = connectClient(gateway).processSingleData(makeRequest("/index", ["1"]));
    gateway.update(follow(2, makeIndexer([worker])));
    expect(readAnswer((await answering).response).status).toBe(undefined);
  });

  test("without a primary ends with its deadline", async () => {
    const gateway = await startGateway(makeTopology([makeIndexer([undefined])]));
    const answering = connectClient(gateway).processSingleData(makeRequest("/index", ["1"]), {
      timeoutMs: 200,
    });
    await expect(answering).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  test("that is refused is sent to the same primary again, with the same id", async () => {
    let calls = 0;
    const worker = await startRawWorker(async (request) => {
      calls += 1;
      if (calls < 3) throw new JflowError("UNAVAILABLE", "not yet");
      return acknowledge(request);
    });
    const gateway = await startGateway(makeTopology([makeIndexer([worker])]));
    const { response } = await connectClient(gateway).processSingleData(
      makeRequest("/index", ["1"]),
    );
    expect(readAnswer(response).status).toBe(undefined);
    expect(new Set(worker.seen.map(({ operationId }) => operationId)).size).toBe(1);
    expect(worker.seen).toHaveLength(3);
  });

  test("is sent alone to the next primary, with the same id, when its primary dies", async () => {
    const old = await startRawWorker(async () => new Promise<WorkerReply>(() => undefined));
    const next = await startRawWorker(acknowledge);
    const gateway = await startGateway(makeTopology([makeIndexer([old])]));
    const answering = connectClient(gateway).processSingleData(makeRequest("/index", ["1"]));
    await expect.poll(() => old.seen.length).toBe(1);
    await old.close(0);
    gateway.update(follow(2, makeIndexer([undefined])));
    gateway.update(follow(3, makeIndexer([next])));
    expect(readAnswer((await answering).response).status).toBe(undefined);
    expect(next.seen.map(({ operationId, alone }) => [operationId, alone])).toEqual([
      [old.seen[0]!.operationId, true],
    ]);
  });

  test("that ends two processes, the second time alone, fails with the reason; the others are acknowledged", async () => {
    const die = async (): Promise<WorkerReply> => new Promise<WorkerReply>(() => undefined);
    const first = await startRawWorker(die);
    const isKiller = (request: WorkerRequest): boolean =>
      readAnswer(request.requests[0]!).documents[0]!.id === "killer";
    const second = await startRawWorker(async (request) =>
      isKiller(request) ? die() : acknowledge(request),
    );
    const third = await startRawWorker(acknowledge);
    const gateway = await startGateway(makeTopology([makeIndexer([first])]));
    const client = connectClient(gateway);
    const answers = ["killer", "harmless"].map((id) =>
      client.processSingleData(makeRequest("/index", [id])),
    );
    await expect.poll(() => first.seen.length).toBe(2);
    gateway.update(follow(2, makeIndexer([second])));
    await expect.poll(() => second.seen.length).toBe(1);
    gateway.update(follow(3, makeIndexer([third])));
    const [killer, harmless] = (await Promise.all(answers)).map(({ response }) =>
      readAnswer(response),
    );
    expect(killer!.status?.description).toContain("this write probably crashes its executor");
    expect(harmless!.status).toBe(undefined);
  });

  test("is not blamed for processes that the supervisor ended", async () => {
    const die = async (): Promise<WorkerReply> => new Promise<WorkerReply>(() => undefined);
    const old = [await startRawWorker(die), await startRawWorker(die), await startRawWorker(die)];
    const last = await startRawWorker(acknowledge);
    const gateway = await startGateway(makeTopology([makeIndexer([old[0]])]));
    const answering = connectClient(gateway).processSingleData(makeRequest("/index", ["1"]));
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => old[i]!.seen.length).toBe(1);
      gateway.update(
        follow(i + 2, makeIndexer([old[i + 1] ?? last]), { killed: [old[i]!.target] }),
      );
    }
    expect(readAnswer((await answering).response).status).toBe(undefined);
  });

  test("is an error that names the shard where one slice is not acknowledged", async () => {
    const good = await startRawWorker(acknowledge);
    const bad = await startRawWorker(async () => {
      throw new JflowError("RESOURCE_EXHAUSTED", "the disk is full");
    });
    const gateway = await startGateway(makeTopology([makeIndexer([good, bad])]), {
      listeners: [
        { protocol: "grpc", port: 0 },
        { protocol: "http", port: 0 },
      ],
    });
    const documents = Array.from({ length: 10 }, (_, i) => `doc-${i}`);
    const answer = readAnswer(
      (await connectClient(gateway).processSingleData(makeRequest("/index", documents))).response,
    );
    expect(answer.status?.code).toBe("ERROR");
    expect(answer.status?.description).toContain(
      "indexer did not acknowledge the write: shard 1 (the disk is full)",
    );
    expect(answer.parameters["_shards"]).toMatchObject({
      failed: 1,
      failures: [{ shard: 1, reason: "the disk is full" }],
    });
    const reply = await fetch(`http://127.0.0.1:${gateway.portOf("http")}/index`, {
      method: "POST",
      body: JSON.stringify({ data: documents.map((id) => ({ id })) }),
    });
    expect(reply.status).toBe(503);
  });

  test("a repeat of a write in flight joins it", async () => {
    const worker = await startRawWorker(async (request) => {
      await sleep(50);
      return acknowledge(request);
    });
    const gateway = await startGateway(makeTopology([makeIndexer([worker])]));
    const client = connectClient(gateway);
    const options = { metadata: { "idempotency-key": "key" } };
    await Promise.all(
      [1, 2].map(() => client.processSingleData(makeRequest("/index", ["1"]), options)),
    );
    expect(worker.seen).toHaveLength(1);
  });
});
