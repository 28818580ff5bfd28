import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { toFormat } from "../../../src/document/translation/to-format.ts";
import { Document } from "../../../src/document/document.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import { shardOfKey } from "../../../src/model/shard/routing.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";
import { documentFormat } from "../../../src/document/scan/document-values.ts";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import { openPromise } from "../../rig/asynchronous.ts";
import {
  connectClient,
  makeRequest,
  readAnswer,
  startGateway,
  startRawWorker,
  startWorker,
  type Method,
  type TestWorker,
} from "../rig.ts";

const append =
  (suffix: string): Method =>
  (documents) => {
    for (const document of documents) document.text += suffix;
  };

async function startDeployment(
  name: string,
  method: Method,
  changes: Partial<TopologyDeployment> = {},
): Promise<{ deployment: TopologyDeployment; workers: TestWorker[] }> {
  const workers = await Promise.all(
    Array.from({ length: changes.shards ?? 1 }, () => startWorker(method)),
  );
  const replicas = workers.map((worker, shard) => makeReplica(name, worker.target, { shard }));
  return { deployment: makeDeployment(name, { replicas, ...changes }), workers };
}

async function post(
  deployments: readonly TopologyDeployment[],
  request: Uint8Array,
): Promise<ReturnType<typeof readAnswer>> {
  const gateway = await startGateway(makeTopology(deployments));
  const { response } = await connectClient(gateway).processSingleData(request);
  return readAnswer(response);
}

const texts = (documents: readonly Document[]): string[] => documents.map(({ text }) => text);

describe("the walk", () => {
  test("a sequence passes documents on; routes name each step after the gateway", async () => {
    const a = await startDeployment("a", append("a"));
    const b = await startDeployment("b", append("b"), { needs: ["a"] });
    const answer = await post([a.deployment, b.deployment], makeRequest("/x", ["1", "2"]));
    expect(texts(answer.documents)).toEqual(["ab", "ab"]);
    expect(answer.routes).toEqual(["gateway", "a", "b"]);
    expect(answer.status).toBe(undefined);
  });

  test("an executor that does not bind the endpoint is passed by, without a call", async () => {
    const a = await startDeployment("a", append("a"), { endpoints: ["/y"] });
    const b = await startDeployment("b", append("b"), { needs: ["a"], endpoints: ["/default"] });
    const answer = await post([a.deployment, b.deployment], makeRequest("/x", ["1"]));
    expect(texts(answer.documents)).toEqual(["b"]);
    expect(a.workers[0]!.seen, "a was called").toEqual([]);
  });

  test.each([
    ["docarray v1, which Jina asks nevertheless, ends", {}, true],
    ["docarray v2 never ends", { schemas: { "/y": { input: {}, output: {} } } }, false],
  ])("the route of an executor passed by, of %s", async (_, told, hasEnd) => {
    const a = await startDeployment("a", append("a"), { endpoints: ["/y"], ...told });
    const gateway = await startGateway(makeTopology([a.deployment]));
    const { response } = await connectClient(gateway).processSingleData(makeRequest("/x", ["1"]));
    expect(DataRequest.read(response).routes.map(({ endMs }) => endMs !== undefined)).toEqual([
      true,
      hasEnd,
    ]);
  });

  test("target_executor matches from the start of a name, and no executor sees it", async () => {
    const a = await startDeployment("a1", append("a"));
    const b = await startDeployment("b1", append("b"), { needs: ["a1"] });
    const answer = await post(
      [a.deployment, b.deployment],
      makeRequest("/x", ["1"], { targetExecutor: "b" }),
    );
    expect(texts(answer.documents)).toEqual(["b"]);
    expect(DataRequest.read(b.workers[0]!.seen[0]!.requests[0]!).header.targetExecutor).toBe("");
  });

  test.each([
    { target: "start|right", want: [" start right"] },
    { target: "start|right|end", want: [" start right end"] },
    { target: "right", want: [" right"] },
    { target: "start|left", want: [" start left"] },
    { target: "start", want: [" start"] },
    { target: "start|left|right|end", want: [" start left end"] },
  ])("a branch that $target does not ask does not win over one that was asked", async (row) => {
    const start = await startDeployment("start", append(" start"));
    const left = await startDeployment("left", append(" left"), { needs: ["start"] });
    const right = await startDeployment("right", append(" right"), { needs: ["start"] });
    const end = await startDeployment("end", append(" end"), { needs: ["left", "right"] });
    const deployments = [start, left, right, end].map(({ deployment }) => deployment);
    const request = makeRequest("/x", ["1"], { targetExecutor: `^(${row.target})$` });
    expect(texts((await post(deployments, request)).documents)).toEqual(row.want);
  });

  test("a branch that does not bind the endpoint adds nothing to one that removes documents", async () => {
    const left = await startDeployment("left", append(" left"), {
      needs: ["gateway"],
      endpoints: ["/y"],
    });
    const right = await startDeployment("right", (documents) => documents.slice(1), {
      needs: ["gateway"],
    });
    const end = await startDeployment("end", append(" end"), {
      needs: ["left", "right"],
      endpoints: ["/y"],
    });
    const deployments = [left, right, end].map(({ deployment }) => deployment);
    const answer = await post(deployments, makeRequest("/x", ["1", "2"]));
    expect(answer.documents.map(({ id }) => id)).toEqual(["2"]);
  });

  test("parallel branches merge in the order of needs, whichever is first", async () => {
    const slow = await startDeployment("slow", async (documents) => {
      await sleep(30);
      for (const document of documents) document.tags = { from: "slow" };
    });
    const fast = await startDeployment("fast", (documents) => {
      for (const document of documents)
        Object.assign(document, { tags: { from: "fast" }, uri: "fast" });
    });
    const end = await startDeployment("end", append("!"), { needs: ["slow", "fast"] });
    const { documents } = await post(
      [slow.deployment, fast.deployment, end.deployment],
      makeRequest("/x", ["1"]),
    );
    expect(documents.map(({ tags, uri, text }) => ({ tags, uri, text }))).toEqual([
      { tags: { from: "slow" }, uri: "fast", text: "!" },
    ]);
  });

  test("noReduce gives the executor each branch apart, named", async () => {
    const a = await startDeployment("a", append("a"));
    const b = await startDeployment("b", append("b"));
    const end = await startDeployment("end", () => undefined, {
      needs: ["a", "b"],
      noReduce: true,
    });
    const { documents } = await post(
      [a.deployment, b.deployment, end.deployment],
      makeRequest("/x", ["1"]),
    );
    expect(texts(documents)).toEqual(["a", "b"]);
    expect(end.workers[0]!.seen[0]!.deployments).toEqual(["a", "b"]);
  });

  test("a floating branch gets the request and does not affect the answer", async () => {
    const a = await startDeployment("a", append("a"));
    const log = await startDeployment(
      "log",
      () => {
        throw new Error("no");
      },
      { needs: ["a"], floating: true },
    );
    const answer = await post([a.deployment, log.deployment], makeRequest("/x", ["1"]));
    expect(texts(answer.documents)).toEqual(["a"]);
    await expect.poll(() => log.workers[0]!.seen.length).toBe(1);
  });

  test("a gateway that stops waits for floating branches", async () => {
    const a = await startDeployment("a", append("a"));
    const work = openPromise<undefined>();
    const log = await startDeployment("log", () => work.promise, { needs: ["a"], floating: true });
    const gateway = await startGateway(makeTopology([a.deployment, log.deployment]));
    await connectClient(gateway).processSingleData(makeRequest("/x", ["1"]));
    const drained = gateway.drain(10_000);
    work.resolve(undefined);
    expect(await drained).toBe(0);
    expect(gateway.notices).toEqual([]);
  });

  test("a gateway that stops counts each request that it cuts once", async () => {
    const never = openPromise<undefined>().promise;
    const a = await startDeployment("a", ([document]) =>
      document!.id === "slow" ? never : undefined,
    );
    const log = await startDeployment("log", () => never, { needs: ["a"], floating: true });
    const gateway = await startGateway(makeTopology([a.deployment, log.deployment]));
    const peer = connectClient(gateway);
    await peer.processSingleData(makeRequest("/x", ["quick"]));
    const slow = peer.processSingleData(makeRequest("/x", ["slow"])).catch(() => "cut");
    await expect.poll(() => a.workers[0]!.seen.length).toBe(2);
    expect(await gateway.drain(0)).toBe(2);
    expect(await slow).toBe("cut");
  });

  test("when passes on the documents that meet the condition", async () => {
    const a = await startDeployment("a", append("a"), { when: { tags__k: { $eq: 1 } } });
    const docs = [
      new Document({ id: "x", tags: { k: 1 } }),
      new Document({ id: "y", tags: { k: 2 } }),
    ];
    const { documents } = await post([a.deployment], makeRequest("/x", docs));
    expect(documents.map(({ id }) => id)).toEqual(["x"]);
  });

  test.each([
    ["is no target", { targetExecutor: "b" }, {}],
    ["does not bind the endpoint", {}, { endpoints: ["/y"] }],
  ])(
    "when does not filter documents that pass by an executor that %s",
    async (_, options, changes) => {
      const a = await startDeployment("a", append("a"), {
        when: { tags__k: { $eq: 1 } },
        ...changes,
      });
      const b = await startDeployment("b", append("b"), { needs: ["a"] });
      const docs = [
        new Document({ id: "x", tags: { k: 1 } }),
        new Document({ id: "y", tags: { k: 2 } }),
      ];
      const { documents } = await post(
        [a.deployment, b.deployment],
        makeRequest("/x", docs, options),
      );
      expect(texts(documents)).toEqual(["b", "b"]);
    },
  );

  test("branches with conditions take their documents each; the answer is in the order of the request", async () => {
    const odd = await startDeployment("odd", append("odd"), { when: { tags__n: { $in: [1, 3] } } });
    const even = await startDeployment("even", append("even"), {
      when: { tags__n: { $in: [2, 4] } },
    });
    const end = await startDeployment("end", append("!"), { needs: ["odd", "even"] });
    const docs = [1, 2, 3, 4].map((n) => new Document({ id: `d${n}`, tags: { n } }));
    const { documents } = await post(
      [odd.deployment, even.deployment, end.deployment],
      makeRequest("/x", docs),
    );
    expect(texts(documents)).toEqual(["odd!", "even!", "odd!", "even!"]);
  });

  test("an executor gets its own parameters; the answer has the client's and all results", async () => {
    const a = await startDeployment("a", () => undefined);
    const worker = await startRawWorker(async (request) => {
      const view = DataRequest.read(request.requests[0]!);
      const parameters = { ...view.parameters, __results__: { "b/rep-0": { n: 1 } } };
      return { response: view.with({ parameters }).toBytes(), isError: false };
    });
    const b = makeDeployment("b", { needs: ["a"], replicas: [makeReplica("b", worker.target)] });
    const parameters = { a__limit: 3, limit: 1 };
    const answer = await post([a.deployment, b], makeRequest("/x", ["1"], { parameters }));
    expect(DataRequest.read(a.workers[0]!.seen[0]!.requests[0]!).parameters).toEqual({ limit: 3 });
    expect(DataRequest.read(worker.seen[0]!.requests[0]!).parameters).toEqual({ limit: 1 });
    expect(answer.parameters).toEqual({ ...parameters, __results__: { "b/rep-0": { n: 1 } } });
  });

  test("an executor's exception ends its branch and reaches the client", async () => {
    const status = {
      code: "ERROR",
      description: "boom",
      exception: { name: "E", args: [], stacks: [], executor: "A" },
    } as const;
    const worker = await startRawWorker(async (request) => {
      const view = DataRequest.read(request.requests[0]!);
      return {
        response: view.with({ header: { ...view.header, status } }).toBytes(),
        isError: true,
      };
    });
    const a = makeDeployment("a", { replicas: [makeReplica("a", worker.target)] });
    const b = await startDeployment("b", append("b"), { needs: ["a"] });
    const answer = await post([a, b.deployment], makeRequest("/x", ["1"]));
    expect(answer.status).toEqual(status);
    expect(b.workers[0]!.seen, "b was called").toEqual([]);
  });

  test("a document without an id gets one before it is routed", async () => {
    const a = await startDeployment("a", append("a"), { shards: 3, polling: { "*": "HASH" } });
    const { documents } = await post(
      [a.deployment],
      makeRequest("/x", [new Document({ text: "t" }), "given"]),
    );
    expect(documents[0]!.id).toMatch(/^[0-9a-f]{32}$/);
    expect(documents[1]!.id).toBe("given");
  });

  test("a flow that is starting answers UNAVAILABLE with the reason", async () => {
    const gateway = await startGateway(makeTopology([], { ready: false }));
    await expect(
      connectClient(gateway).processSingleData(makeRequest("/x", ["1"])),
    ).rejects.toThrow("starting");
    expect(await connectClient(gateway).isServing()).toBe(false);
  });

  test("bytes that are not a request are refused, and the next request is answered", async () => {
    const a = await startDeployment("a", append("a"));
    const gateway = await startGateway(makeTopology([a.deployment]));
    const client = connectClient(gateway);
    for (const bytes of [[], [0x0a, 0xff]])
      await expect(
        client.processSingleData(Buffer.from(bytes)),
        `bytes ${bytes.join()}`,
      ).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    await expect(
      client.processSingleData(makeRequest("/x", [], { targetExecutor: "(" })),
    ).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    expect(
      texts(
        readAnswer((await client.processSingleData(makeRequest("/x", ["1"]))).response).documents,
      ),
    ).toEqual(["a"]);
  });
});

describe("shards", () => {
  const mark: Method = (documents, { worker }) => {
    for (const document of documents)
      document.tags = { ...document.tags, n: String(worker.requests.length) };
  };

  test("HASH sends each document to its shard and answers in request order", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `doc-${i}`);
    const a = await startDeployment("a", mark, { shards: 3, polling: { "*": "HASH" } });
    const { documents } = await post([a.deployment], makeRequest("/x", ids));
    expect(documents.map(({ id }) => id)).toEqual(ids);
    a.workers.forEach((worker, shard) => {
      const got = worker.seen.flatMap(({ requests }) =>
        readAnswer(requests[0]!).documents.map(({ id }) => id),
      );
      expect(got, `shard ${shard}`).toEqual(ids.filter((id) => shardOfKey(id, 3, 768) === shard));
    });
  });

  test("tags._routing decides before the id, parameters.routing before both", async () => {
    const docs = ["a", "b", "c"].map((id) => new Document({ id, tags: { _routing: "hello" } }));
    const a = await startDeployment("a", mark, { shards: 3, polling: { "*": "HASH" } });
    const gateway = await startGateway(makeTopology([a.deployment]));
    const client = connectClient(gateway);
    await client.processSingleData(makeRequest("/x", docs));
    expect(a.workers.map(({ seen }) => seen.length)).toEqual([0, 0, 1]);
    await client.processSingleData(makeRequest("/x", docs, { parameters: { routing: "a" } }));
    expect(a.workers.map(({ seen }) => seen.length)).toEqual([1, 0, 1]);
  });

  test("ANY goes round the shards", async () => {
    const a = await startDeployment("a", mark, { shards: 3 });
    const gateway = await startGateway(makeTopology([a.deployment]));
    const client = connectClient(gateway);
    for (let i = 0; i < 4; i++) await client.processSingleData(makeRequest("/x", ["1"]));
    expect(a.workers.map(({ seen }) => seen.length)).toEqual([2, 1, 1]);
  });

  test("ALL asks every shard and merges by id, in shard order", async () => {
    const search: Method = (documents, { worker }) => {
      const port = worker.endpoint;
      for (const document of documents) document.matches = [{ id: `${port}-${document.id}` }];
    };
    const a = await startDeployment("a", search, { shards: 3, polling: { "/search": "ALL" } });
    const { documents } = await post([a.deployment], makeRequest("/search", ["q"]));
    expect(documents).toHaveLength(1);
    expect(documents[0]!.matches.map(({ id }) => id)).toEqual(["/search-q"]);
  });

  test("ten shards of twenty matches give two hundred through MatchMerger; limit 20 the best twenty", async () => {
    let started = 0;
    const makeShard = async (): Promise<TestWorker> => {
      const shard = started++;
      return startWorker((documents) => {
        for (const document of documents) {
          const score = (i: number): { cosine: { value: number } } => ({
            cosine: { value: i * 10 + shard },
          });
          document.matches = Array.from({ length: 20 }, (_, i) => ({
            id: `m${i * 10 + shard}`,
            scores: score(i),
          }));
        }
      });
    };
    const workers: TestWorker[] = [];
    for (let i = 0; i < 10; i++) workers.push(await makeShard());
    const indexer = makeDeployment("indexer", {
      shards: 10,
      polling: { "/search": "ALL" },
      merge: { kind: "builtin", name: "MatchMerger" },
      replicas: workers.map((worker, shard) => makeReplica("indexer", worker.target, { shard })),
    });
    const gateway = await startGateway(makeTopology([indexer]));
    const client = connectClient(gateway);
    const all = readAnswer(
      (await client.processSingleData(makeRequest("/search", ["q"]))).response,
    );
    expect(all.documents[0]!.matches).toHaveLength(200);
    const best = makeRequest("/search", ["q"], { parameters: { limit: 20 } });
    const ids = readAnswer(
      (await client.processSingleData(best)).response,
    ).documents[0]!.matches.map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 20 }, (_, i) => `m${i}`));
  });

  test("a user's uses_after executor gets all answers, and gives the answer", async () => {
    const a = await startDeployment("a", append("a"), {
      shards: 2,
      polling: { "*": "ALL" },
      merge: { kind: "executor", deployment: "after" },
    });
    const after = await startDeployment("after", append("!"));
    const gateway = await startGateway(
      makeTopology([a.deployment], { helpers: [after.deployment] }),
    );
    const { response } = await connectClient(gateway).processSingleData(makeRequest("/x", ["1"]));
    expect(texts(readAnswer(response).documents)).toEqual(["a!", "a!"]);
    expect(after.workers[0]!.seen[0]!.deployments).toEqual(["a", "a"]);
  });

  test.each([
    ["asked without documents, in one format", [], ["v2", "v2"]],
    ["asked with documents, each in the format of its worker", ["1"], ["v1", "v2"]],
  ])(
    "shards that hold documents of docarray v1 and of docarray v2 answer, %s",
    async (_, asked, formats) => {
      const stored = [
        new Document({ id: "a" }),
        Document.decode(toFormat(new Document({ id: "b" }).encode(), "v2")),
      ];
      const workers = await Promise.all(stored.map((document) => startWorker(() => [document])));
      const replicas = workers.map(({ target }, shard) => makeReplica("a", target, { shard }));
      const polling = { "*": "ALL" } as const;
      const gateway = await startGateway(
        makeTopology([makeDeployment("a", { shards: 2, polling, replicas })]),
      );
      const { response } = await connectClient(gateway).processSingleData(makeRequest("/x", asked));
      expect(DataRequest.read(response).documents.map(documentFormat)).toEqual(formats);
    },
  );

  test("uses_before sees the request before it is scattered", async () => {
    const before = await startDeployment("before", append("b"));
    const a = await startDeployment("a", append("a"), {
      shards: 2,
      before: "before",
      polling: { "*": "ALL" },
    });
    const gateway = await startGateway(
      makeTopology([a.deployment], { helpers: [before.deployment] }),
    );
    const { response } = await connectClient(gateway).processSingleData(makeRequest("/x", ["1"]));
    expect(texts(readAnswer(response).documents)).toEqual(["ba"]);
    expect(before.workers[0]!.seen).toHaveLength(1);
  });

  test("a shard without an answer is named, in the reply and in the trailing metadata", async () => {
    const a = await startDeployment("a", append("a"), { shards: 2, polling: { "*": "ALL" } });
    const lone = { ...a.deployment, replicas: a.deployment.replicas.slice(0, 1), retries: 0 };
    const gateway = await startGateway(makeTopology([lone]), { timeoutSendMs: 300 });
    const { response, trailers } = await connectClient(gateway).processSingleData(
      makeRequest("/x", ["1"]),
    );
    const answer = readAnswer(response);
    expect(texts(answer.documents)).toEqual(["a"]);
    expect(answer.parameters["_shards"]).toMatchObject({
      total: 2,
      successful: 1,
      failed: 1,
      failures: [{ shard: 1 }],
    });
    expect(trailers).toMatchObject({ total_shards: "2", failed_shards: "1" });
  });
});

describe("replicas", () => {
  test("take turns strictly", async () => {
    const workers = await Promise.all([startWorker(append("a")), startWorker(append("b"))]);
    const replicas = workers.map((worker, replica) => makeReplica("a", worker.target, { replica }));
    const gateway = await startGateway(makeTopology([makeDeployment("a", { replicas })]));
    const client = connectClient(gateway);
    const got: string[] = [];
    for (let i = 0; i < 4; i++) {
      got.push(
        ...texts(
          readAnswer((await client.processSingleData(makeRequest("/x", ["1"]))).response).documents,
        ),
      );
    }
    expect(got).toEqual(["a", "b", "a", "b"]);
  });

  test("one that dies fails no request", async () => {
    const workers = await Promise.all([startWorker(append("a")), startWorker(append("b"))]);
    const replicas = workers.map((worker, replica) => makeReplica("a", worker.target, { replica }));
    const gateway = await startGateway(makeTopology([makeDeployment("a", { replicas })]));
    const client = connectClient(gateway);
    const requests = Array.from({ length: 200 }, async (_, i) => {
      if (i === 100) await workers[0].close(0);
      return client.processSingleData(makeRequest("/x", ["1"]));
    });
    const answers = (await Promise.all(requests)).map(({ response }) => readAnswer(response));
    expect(answers.filter(({ status }) => status !== undefined)).toEqual([]);
  });

  test("one that refuses passes the request on; its executor's exception does not", async () => {
    const { JflowError } = await import("../../../src/util/errors.ts");
    const refusing = await startRawWorker(async () => {
      throw new JflowError("UNAVAILABLE", "not in rotation");
    });
    const other = await startWorker(append("b"));
    const replicas = [refusing, other].map((worker, replica) =>
      makeReplica("a", worker.target, { replica }),
    );
    const answer = await post([makeDeployment("a", { replicas })], makeRequest("/x", ["1"]));
    expect(texts(answer.documents)).toEqual(["b"]);
  });

  test("a request waits for a replica to appear", async () => {
    const worker = await startWorker(append("a"));
    const gateway = await startGateway(makeTopology([makeDeployment("a")]));
    const answering = connectClient(gateway).processSingleData(makeRequest("/x", ["1"]));
    gateway.update(
      makeTopology([makeDeployment("a", { replicas: [makeReplica("a", worker.target)] })], {
        version: 2,
      }),
    );
    expect(texts(readAnswer((await answering).response).documents)).toEqual(["a"]);
  });

  test("the client's deadline ends the call, downstream too", async () => {
    const aborted: boolean[] = [];
    const worker = await startWorker(async (_documents, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      aborted.push(signal.aborted);
    });
    const gateway = await startGateway(
      makeTopology([makeDeployment("a", { replicas: [makeReplica("a", worker.target)] })]),
    );
    const answering = connectClient(gateway).processSingleData(makeRequest("/x", ["1"]), {
      timeoutMs: 200,
    });
    await expect(answering).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await expect.poll(() => aborted).toEqual([true]);
  });

  test("the flow's own timeout_send names the deployment that is late, and the key", async () => {
    const quick = await startDeployment("quick", append("a"));
    const slow = await startDeployment("slow", async () => sleep(3_000), { needs: ["quick"] });
    const gateway = await startGateway(makeTopology([quick.deployment, slow.deployment]), {
      timeoutSendMs: 500,
    });
    await expect(
      connectClient(gateway).processSingleData(makeRequest("/x", ["1"])),
    ).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      message: expect.stringMatching(
        /executor slow is late: .*; the limit is "timeout_send: 500ms" of the gateway/,
      ) as string,
    });
  });

  test("traffic is measured per replica, and in total for the gateway", async () => {
    const worker = await startWorker(append("a"));
    const gateway = await startGateway(
      makeTopology([makeDeployment("a", { replicas: [makeReplica("a", worker.target)] })]),
    );
    const client = connectClient(gateway);
    for (let i = 0; i < 5; i++) await client.processSingleData(makeRequest("/x", ["1"]));
    const measured = { requests: 5, inFlight: 0, qps: 0.5 };
    expect(gateway.reportTraffic()).toMatchObject({
      replicas: { "a/0/0": measured, "gateway/0/0": measured },
    });
  });
});
