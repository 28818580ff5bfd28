import { expect, test } from "vitest";
import { UNTRACED } from "../../../src/wire/tracing/span-names.ts";
import { connectReplica } from "../../../src/gateway/topology/replica-connection.ts";
import type { TopologyReplica } from "../../../src/model/topology.ts";
import { Document } from "../../../src/document/document.ts";
import { DataRequest, makeRequestId } from "../../../src/wire/jina/messages/data-request.ts";
import { connectionLoss } from "../../../src/wire/connection-loss.ts";
import { closeAfterwards, startWorker } from "../rig.ts";

const REQUEST = DataRequest.make({
  header: { requestId: makeRequestId(), execEndpoint: "/x", targetExecutor: "" },
  documents: [new Document({ id: "a", text: "hi" }).encode()],
}).toBytes();

function replicaAt(target: string): TopologyReplica {
  return {
    address: "e/0/0",
    shard: 0,
    replica: 0,
    processId: "p",
    target,
    wire: "jina",
    role: null,
    readable: true,
  };
}

test("a peer that speaks Jina is asked with the endpoint, and its answer comes back", async () => {
  const worker = await startWorker((documents) =>
    documents.forEach((document) => (document.text += "!")),
  );
  const connection = connectReplica(replicaAt(worker.target), { maxMessageBytes: 1_000_000 });
  closeAfterwards(async () => connection.close());
  const reply = await connection.call(
    { endpoint: "/x", requests: [REQUEST] },
    AbortSignal.timeout(5_000),
  );
  const [answered] = DataRequest.read(reply.response).documents;
  expect([reply.isError, Document.decode(answered!).text]).toEqual([false, "hi!"]);
  expect(worker.seen.map(({ endpoint }) => endpoint)).toEqual(["/x"]);
});

test("a stock executor receives the trace of the request, or one that is not exported", async () => {
  const worker = await startWorker(() => undefined);
  const connection = connectReplica(replicaAt(worker.target), {
    maxMessageBytes: 1_000_000,
    untraced: UNTRACED,
  });
  closeAfterwards(async () => connection.close());
  const trace = {
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    tracestate: "a=b",
  };
  const signal = AbortSignal.timeout(5_000);
  await connection.call({ endpoint: "/x", requests: [REQUEST], trace }, signal);
  await connection.call({ endpoint: "/x", requests: [REQUEST] }, signal);
  expect(worker.seen.map((request) => request.trace)).toEqual([trace, UNTRACED]);
});

test("a peer that does not exist counts as lost, so that the next request prefers another", async () => {
  const worker = await startWorker(() => undefined);
  await worker.close(0);
  const connection = connectReplica(replicaAt(worker.target), { maxMessageBytes: 1_000_000 });
  closeAfterwards(async () => connection.close());
  let losses = 0;
  connection.onLost(() => (losses += 1));
  const error = await connection
    .call({ endpoint: "/x", requests: [REQUEST] }, AbortSignal.timeout(5_000))
    .catch((thrown: unknown) => thrown);
  expect([losses, connectionLoss(error)]).toEqual([1, "never"]);
});

test("a peer that dies while it has a request may have done it", async () => {
  const worker = await startWorker(async () => new Promise(() => undefined));
  const connection = connectReplica(replicaAt(worker.target), { maxMessageBytes: 1_000_000 });
  closeAfterwards(async () => connection.close());
  const asked = connection
    .call({ endpoint: "/x", requests: [REQUEST] }, AbortSignal.timeout(5_000))
    .catch((thrown: unknown) => thrown);
  await expect.poll(() => worker.seen.length).toBe(1);
  await worker.close(0);
  expect(connectionLoss(await asked)).toBe("maybe");
});
