import { describe, expect, test } from "vitest";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import {
  connectClient,
  makeRequest,
  readAnswer,
  startGateway,
  startWorker,
  type TestWorker,
} from "../rig.ts";

async function startHanging(): Promise<TestWorker> {
  return startWorker(async (_documents, { signal }) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  });
}

async function startPrompt(): Promise<TestWorker> {
  return startWorker((documents) => {
    for (const document of documents) document.text = "prompt";
  });
}

async function ask(workers: readonly TestWorker[], retries?: number, timeoutMs?: number) {
  const replicas = workers.map((worker, replica) => makeReplica("a", worker.target, { replica }));
  const deployment = makeDeployment("a", {
    replicas,
    timeoutSendMs: 100,
    ...(retries === undefined ? {} : { retries }),
  });
  const gateway = await startGateway(makeTopology([deployment]));
  const { response } = await connectClient(gateway).processSingleData(
    makeRequest("/x", ["1"]),
    timeoutMs === undefined ? {} : { timeoutMs },
  );
  return readAnswer(response);
}

describe("a replica that is late by the executor's timeout_send", () => {
  test("passes the request on to the next", async () => {
    const { documents } = await ask([await startHanging(), await startPrompt()]);
    expect(documents.map(({ text }) => text)).toEqual(["prompt"]);
  });

  test("does not pass the request on where the flow allows no retry", async () => {
    const prompt = await startPrompt();
    await expect(ask([await startHanging(), prompt], 0)).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(prompt.seen).toEqual([]);
  });

  test("is asked once: when all were late, the error names each of them", async () => {
    const workers = [await startHanging(), await startHanging()];
    await expect(ask(workers)).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: expect.stringMatching(
        /a\/0\/0: .* within 100 ms; a\/0\/1: .* within 100 ms/,
      ) as string,
    });
    expect(workers.map(({ seen }) => seen.length)).toEqual([1, 1]);
  });

  test("does not pass the request on when the client's own deadline has passed", async () => {
    const prompt = await startPrompt();
    await expect(ask([await startHanging(), prompt], undefined, 50)).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(prompt.seen).toEqual([]);
  });
});
