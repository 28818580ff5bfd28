import { expect, test, vi } from "vitest";
import { Document } from "../../../src/document/document.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import { chooseRoutingShards, shardOfKey } from "../../../src/model/shard/routing.ts";
import { openPromise } from "../../rig/asynchronous.ts";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import {
  connectClient,
  makeRequest,
  readAnswer,
  startGateway,
  startWorker,
  type TestGateway,
  type TestWorker,
} from "../rig.ts";

/** No request waits for a replica. */
vi.mock("../../../src/util/limits/requests.ts", async (original) => ({
  ...(await original<object>()),
  REPLICA_WAIT_MS: 0,
}));

const ROUTING_SHARDS = chooseRoutingShards(2);

/** A shard that keeps the ids of its documents, and finds them at `/_locate`. */
async function startShard(
  calls: string[],
  { locate, search }: Readonly<Record<string, () => void | Promise<void>>> = {},
): Promise<TestWorker> {
  const stored = new Set<string>();
  return startWorker(async (documents, { endpoint }) => {
    calls.push(`${endpoint} ${documents.map(({ id }) => id).join(",")}`);
    if (endpoint === "/_locate") {
      await locate?.();
      return documents.filter(({ id }) => stored.has(id));
    }
    if (endpoint === "/search") {
      await search?.();
      return documents;
    }
    for (const { id } of documents) {
      if (endpoint === "/delete") stored.delete(id);
      else stored.add(id);
    }
    return documents;
  });
}

async function openIndex(
  shards: readonly (TestWorker | undefined)[],
  changes: Partial<TopologyDeployment> = {},
): Promise<TestGateway> {
  const replicas = shards.flatMap((worker, shard) =>
    worker ? [makeReplica("indexer", worker.target, { shard, role: "primary" })] : [],
  );
  const endpoints = ["/index", "/delete", "/search", "/_locate"];
  const indexer = makeDeployment("indexer", {
    shards: shards.length,
    stateful: true,
    endpoints,
    writes: ["/index", "/delete"],
    polling: { "*": "HASH", "/search": "ALL" },
    replicas,
    ...changes,
  });
  return startGateway(makeTopology([indexer]));
}

/** Routing keys of two shards, by shard. */
const KEYS = [0, 1].map((shard) =>
  Array.from("abcdefgh").find((key) => shardOfKey(key, 2, ROUTING_SHARDS) === shard)!,
);

const write = (gateway: TestGateway, routing: string, client = connectClient(gateway)) =>
  client.processSingleData(
    makeRequest("/index", [new Document({ id: "one", tags: { _routing: routing } })]),
  );

const listStored = (calls: readonly string[]): string[] =>
  calls.filter((call) => !call.startsWith("/_locate"));

test("a document that moves to another shard is deleted from the shard that held it", async () => {
  const calls: string[][] = [[], []];
  const shards = [await startShard(calls[0]!), await startShard(calls[1]!)];
  const gateway = await openIndex(shards);
  await write(gateway, KEYS[0]!);
  await write(gateway, KEYS[1]!);
  expect(calls.map(listStored)).toEqual([["/index one", "/delete one"], ["/index one"]]);
});

test("concurrent writes of one document to different shards leave it on one shard", async () => {
  const calls: string[][] = [[], []];
  const shards = [await startShard(calls[0]!), await startShard(calls[1]!)];
  const gateway = await openIndex(shards);
  const client = connectClient(gateway);
  const writes = Array.from({ length: 20 }, (_, turn) => write(gateway, KEYS[turn % 2]!, client));
  await Promise.all(writes);
  const kept = calls.map((of) => listStored(of).at(-1));
  expect(kept).toEqual(["/delete one", "/index one"]);
});

test("a write fails with the reason if a shard throws when it locates documents", async () => {
  const calls: string[] = [];
  const broken = (): void => {
    throw new Error("the table of ids is damaged");
  };
  const shards = [await startShard(calls), await startShard([], { locate: broken })];
  const gateway = await openIndex(shards);
  await expect(write(gateway, KEYS[0]!)).rejects.toThrow("the table of ids is damaged");
  expect(listStored(calls)).toEqual(["/index one"]);
});

test("a write waits to locate documents on a shard that is busy with reads", async () => {
  const reading = openPromise<undefined>();
  const calls: string[][] = [[], []];
  const shards = [
    await startShard(calls[0]!, { search: () => reading.promise }),
    await startShard(calls[1]!),
  ];
  const gateway = await openIndex(shards, { maxInFlight: 1 });
  const client = connectClient(gateway);
  await write(gateway, KEYS[0]!);
  const read = client.processSingleData(makeRequest("/search", ["query"]));
  await expect.poll(() => calls[0]).toContain("/search query");
  const moved = write(gateway, KEYS[1]!);
  await expect.poll(() => calls[1]).toContain("/index one");
  reading.resolve(undefined);
  await Promise.all([read, moved]);
  expect(calls[0]!.slice(-2)).toEqual(["/_locate one", "/delete one"]);
});

test("a write is acknowledged while another shard has no replica that answers", async () => {
  const gateway = await openIndex([await startShard([]), undefined]);
  const { response } = await write(gateway, KEYS[0]!);
  expect(readAnswer(response).documents.map(({ id }) => id)).toEqual(["one"]);
});
