import { describe, expect, test } from "vitest";
import { writeV2Document } from "../../../src/document/v2/v2-to-json.ts";
import { Document } from "../../../src/document/document.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import { connectClient, makeRequest, readAnswer, startGateway, startRawWorker } from "../rig.ts";

const PRICED = {
  type: "object",
  properties: { id: { type: "string" }, price: { type: "number" } },
};
const SCHEMAS = { "/price": { input: PRICED, output: PRICED } };

/**
 * An executor of docarray v2, as far as the gateway can see: it notes what it gets, and sends it
 * back.
 */
async function startTwo(): Promise<{
  readonly ask: (document: Document) => Promise<Document>;
  readonly got: string[];
}> {
  const got: string[] = [];
  const worker = await startRawWorker(async ({ requests }) => {
    const view = DataRequest.read(requests[0]!);
    got.push(...view.documents.map(writeV2Document));
    return { response: view.with({}).toBytes(), isError: false };
  });
  const replicas = [makeReplica("two", worker.target)];
  const gateway = await startGateway(
    makeTopology([makeDeployment("two", { replicas, endpoints: ["/price"], schemas: SCHEMAS })]),
  );
  const peer = connectClient(gateway);
  const ask = async (document: Document): Promise<Document> => {
    const { documents } = readAnswer(
      (await peer.processSingleData(makeRequest("/price", [document]))).response,
    );
    return documents[0]!;
  };
  return { ask, got };
}

describe("a docarray v1 client with docarray v2 executors", () => {
  test("documents arrive in the executor's class, and answers in the client's format", async () => {
    const { ask, got } = await startTwo();
    const answer = await ask(
      new Document({ id: "a", text: "t", tags: { price: 2, color: "red" } }),
    );
    expect(got).toEqual(['{"id":"a","text":"t","tags":{"color":"red"},"price":2.0}']);
    expect([answer.id, answer.text, answer.tags]).toEqual(["a", "t", { price: 2, color: "red" }]);
  });

  test("a tag that does not fit the executor's field is refused with the document and the field", async () => {
    const { ask, got } = await startTwo();
    await expect(ask(new Document({ id: "a", tags: { price: "much" } }))).rejects.toThrow(
      'document "a": price: a number is expected, not "much"',
    );
    expect(got).toEqual([]);
  });
});
