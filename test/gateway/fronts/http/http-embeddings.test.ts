import { expect, test } from "vitest";
import { Document } from "../../../../src/document/document.ts";
import { makeDeployment, makeReplica, makeTopology } from "../../fixtures.ts";
import { startGateway, startWorker } from "../../rig.ts";

const EMBEDDING = [1, 0.5];

/**
 * Starts a flow that answers each document with one match. Returns the address of its HTTP front.
 */
async function startFlow(): Promise<string> {
  const worker = await startWorker((documents) => {
    for (const document of documents)
      document.matches = [new Document({ id: "match", embedding: EMBEDDING })];
  });
  const replicas = [makeReplica("index", worker.target)];
  const index = makeDeployment("index", { replicas, endpoints: ["/search"] });
  const gateway = await startGateway(makeTopology([index]), {
    listeners: [{ protocol: "http", port: 0 }],
  });
  return `http://127.0.0.1:${gateway.portOf("http")}`;
}

interface DocumentJson {
  readonly embedding: unknown;
  readonly matches: readonly DocumentJson[];
}

/** Posts a document and returns the embeddings of the answer: its own, and that of its match. */
async function postOne(path: string, body: object): Promise<readonly unknown[]> {
  const document = { id: "query", embedding: EMBEDDING };
  const response = await fetch((await startFlow()) + path, {
    method: "POST",
    body: JSON.stringify({ data: [document], ...body }),
  });
  const { data } = (await response.json()) as { readonly data: readonly DocumentJson[] };
  return [data[0]!.embedding, data[0]!.matches[0]!.embedding];
}

test("an answer at the path of an endpoint has null in place of embeddings", async () => {
  expect(await postOne("/search", {})).toEqual([null, null]);
  expect(await postOne("/search", { parameters: { with_embeddings: false } })).toEqual([
    null,
    null,
  ]);
});

test.each([
  { with_embeddings: true },
  { index__with_embeddings: true },
  { fields: ["text", "embedding"] },
])("the parameters %j ask for embeddings", async (parameters) => {
  expect(await postOne("/search", { parameters })).toEqual([EMBEDDING, EMBEDDING]);
});

test("the answers to POST /post and to Jina's client are those of Jina", async () => {
  const header = { request_id: "1", exec_endpoint: "/search" };
  expect(await postOne("/post", { execEndpoint: "/search" })).toEqual([EMBEDDING, EMBEDDING]);
  expect(await postOne("/search", { header })).toEqual([EMBEDDING, EMBEDDING]);
});
