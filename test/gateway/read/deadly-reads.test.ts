import { expect, test } from "vitest";
import type { Topology } from "../../../src/model/topology.ts";
import type { WorkerReply } from "../../../src/wire/exchange/messages.ts";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import {
  connectClient,
  makeRequest,
  readAnswer,
  startGateway,
  startRawWorker,
  type TestWorker,
} from "../rig.ts";

/**
 * A worker that dies, as seen from outside, of a request for a document named `killer`; others it
 * answers, or keeps if it is to.
 */
async function startMortal(keepsOthers: boolean): Promise<TestWorker> {
  return startRawWorker(async (request) => {
    const [document] = readAnswer(request.requests[0]!).documents;
    if (document?.id !== "killer" && !keepsOthers)
      return { response: request.requests[0]!, isError: false };
    return new Promise<WorkerReply>(() => undefined);
  });
}

/** The topology in which that worker is the one replica. */
function led(version: number, worker: TestWorker, killed: readonly string[] = []): Topology {
  const replica = makeReplica("a", worker.target, { processId: worker.target });
  return makeTopology([makeDeployment("a", { replicas: [replica] })], { version, killed });
}

test("a read that is in flight at three deaths, the third time alone, fails with the reason; the others are answered", async () => {
  const workers = [
    await startMortal(true),
    await startMortal(true),
    await startMortal(false),
    await startMortal(false),
  ];
  const gateway = await startGateway(led(1, workers[0]!));
  const client = connectClient(gateway);
  const answers = Promise.allSettled(
    ["killer", "harmless"].map(async (id) => client.processSingleData(makeRequest("/x", [id]))),
  );
  for (const [i, worker] of workers.slice(0, 3).entries()) {
    await expect
      .poll(() => worker.seen.length, { message: `worker ${i} is asked` })
      .toBe(i < 2 ? 2 : 1);
    await worker.close(0);
    gateway.update(led(i + 2, workers[i + 1]!));
  }
  expect(await answers).toMatchObject([
    {
      reason: {
        code: "EXECUTOR_FAILED",
        message: expect.stringMatching(
          /^this request probably crashes its executor: a died 3 times while it handled the request/,
        ) as string,
      },
    },
    { value: { isError: false } },
  ]);
});

test("a read is retried after every process that the supervisor ended", async () => {
  const mortals = await Promise.all([1, 2, 3, 4].map(async () => startMortal(true)));
  const last = await startMortal(false);
  const gateway = await startGateway(led(1, mortals[0]!));
  const answering = connectClient(gateway).processSingleData(makeRequest("/x", ["harmless"]));
  for (const [i, worker] of mortals.entries()) {
    await expect.poll(() => worker.seen.length, { message: `worker ${i} is asked` }).toBe(1);
    const killed = mortals.slice(0, i + 1).map(({ target }) => target);
    gateway.update(led(i + 2, mortals[i + 1] ?? last, killed));
    await worker.close(0);
  }
  expect(readAnswer((await answering).response).status).toBe(undefined);
});
