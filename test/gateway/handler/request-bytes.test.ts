import { beforeEach, expect, test, vi } from "vitest";
import { shardOfKey } from "../../../src/model/shard/routing.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import type { WorkerReply, WorkerRequest } from "../../../src/wire/exchange/messages.ts";
import { splitRequest, writeRequest } from "../../../src/wire/jina/messages/request-bytes.ts";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import {
  connectClient,
  makeRequest,
  startGateway,
  startRawWorker,
  type TestGateway,
  type TestWorker,
} from "../rig.ts";

// Both functions stay as they are; their calls are counted.
vi.mock("../../../src/wire/jina/messages/request-bytes.ts", { spy: true });

const COPIES = { total: 1, successful: 1, failed: 0 };
const SHARDS = 2;
const IDS = ["a", "b", "c", "d"];

async function echo(request: WorkerRequest): Promise<WorkerReply> {
  return { response: request.requests[0]!, isError: false, copies: COPIES };
}

beforeEach(() => {
  vi.mocked(splitRequest).mockClear();
  vi.mocked(writeRequest).mockClear();
});

/** How often the gateway took a message apart and wrote one, the answers included. */
function count(): { readonly splits: number; readonly writes: number } {
  return {
    splits: vi.mocked(splitRequest).mock.calls.length,
    writes: vi.mocked(writeRequest).mock.calls.length,
  };
}

async function startFlow(
  shards: number,
  changes: Partial<TopologyDeployment> = {},
  protocol: "grpc" | "http" = "grpc",
): Promise<{ readonly gateway: TestGateway; readonly workers: readonly TestWorker[] }> {
  const workers = await Promise.all(Array.from({ length: shards }, () => startRawWorker(echo)));
  const replicas = workers.map(({ target }, shard) =>
    makeReplica("indexer", target, { shard, role: "primary" }),
  );
  const indexer = makeDeployment("indexer", {
    shards,
    endpoints: ["/index", "/search"],
    writes: ["/index"],
    polling: { "/index": "HASH", "/search": "ALL" },
    replicas,
    ...changes,
  });
  const listeners = [{ protocol, port: 0 }];
  return { gateway: await startGateway(makeTopology([indexer]), { listeners }), workers };
}

test("a request to one replica is read once and not written; its answer is read and written once", async () => {
  const { gateway, workers } = await startFlow(1);
  const request = makeRequest("/search", IDS);
  vi.mocked(writeRequest).mockClear();
  await connectClient(gateway).processSingleData(request);
  expect(count()).toEqual({ splits: 1 + 1, writes: 1 });
  expect(Buffer.from(workers[0]!.seen[0]!.requests[0]!).equals(request)).toBe(true);
});

test("a search of all shards sends the received bytes to each of them", async () => {
  const { gateway, workers } = await startFlow(SHARDS);
  const request = makeRequest("/search", IDS);
  vi.mocked(writeRequest).mockClear();
  await connectClient(gateway).processSingleData(request);
  expect(count()).toEqual({ splits: 1 + SHARDS, writes: 1 });
  for (const { seen } of workers)
    expect(Buffer.from(seen[0]!.requests[0]!).equals(request)).toBe(true);
});

test("a write is written once for each shard that gets documents", async () => {
  expect(new Set(IDS.map((id) => shardOfKey(id, SHARDS, 256))).size).toBe(SHARDS);
  const { gateway } = await startFlow(SHARDS, { stateful: true });
  const request = makeRequest("/index", IDS);
  vi.mocked(writeRequest).mockClear();
  await connectClient(gateway).processSingleData(request);
  expect(count()).toEqual({ splits: 1 + SHARDS, writes: SHARDS + 1 });
});

test("a JSON request is written once for all shards, and its answer is not written as bytes", async () => {
  const { gateway } = await startFlow(SHARDS, {}, "http");
  const response = await fetch(`http://127.0.0.1:${gateway.portOf("http")}/search`, {
    method: "POST",
    body: JSON.stringify({ data: IDS.map((id) => ({ id })) }),
  });
  const { data } = (await response.json()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toEqual(IDS);
  expect(count()).toEqual({ splits: SHARDS, writes: 1 });
});

test("a replica that was lost passes the same bytes on to the next", async () => {
  const { gateway, workers } = await startFlow(1, {});
  const gone = makeReplica("indexer", "127.0.0.1:1", { replica: 1 });
  const there = makeReplica("indexer", workers[0]!.target);
  const indexer = makeDeployment("indexer", { replicas: [gone, there] });
  gateway.update(makeTopology([indexer], { version: 2 }));
  const request = makeRequest("/x", IDS, { targetExecutor: "indexer" });
  vi.mocked(writeRequest).mockClear();
  await connectClient(gateway).processSingleData(request);
  expect(count()).toEqual({ splits: 1 + 1, writes: 1 + 1 });
});
