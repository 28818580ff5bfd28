import { afterEach, beforeEach, expect, test } from "vitest";
import { Client, Document, Executor } from "../src/index.ts";
import { WorkerServer } from "../src/wire/exchange/worker-server.ts";
import { JinaServer } from "../src/wire/jina/server/jina-server.ts";
import { DataRequest } from "../src/wire/jina/messages/data-request.ts";

let server: WorkerServer;
beforeEach(async () => {
  server = await WorkerServer.start({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1 << 20,
    endpoints: { endpoints: ["/shout"], writeEndpoints: [] },
    handler: ({ requests }) => {
      const request = DataRequest.read(requests[0]!);
      const documents = request.documents.map((bytes) => {
        const document = Document.decode(bytes);
        document.text = document.text.toUpperCase();
        return document.encode();
      });
      return Promise.resolve({
        response: request.with({ documents }).toBytes(),
        isError: false,
      });
    },
  });
});
afterEach(() => server.close());

test("a program posts documents with what the package exports", async () => {
  await using client = new Client({ port: server.port });
  const texts: string[] = [];
  for await (const document of client.post("/shout", {
    inputs: [{ text: "a" }, new Document({ text: "b" })],
  }))
    texts.push(document.text);
  expect(texts).toEqual(["A", "B"]);
});

test("and reads the documents of an endpoint that streams", async () => {
  const gateway = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1 << 20,
    prefetch: 1,
    handler: {
      call: (request) => Promise.resolve(request),
      async *streamDoc(request) {
        for (let count = 0; count < 2; count += 1) yield request;
      },
    },
  });
  await using client = new Client({ port: gateway.port });
  const texts: string[] = [];
  for await (const { text } of client.streamDoc("/stream", { text: "a" })) texts.push(text);
  expect(texts).toEqual(["a", "a"]);
  await gateway.close();
});

test("a client that was never used has nothing to close", async () => {
  await expect(new Client().close()).resolves.toBeUndefined();
});

test("an executor finds its place on itself", () => {
  class Plain extends Executor {}
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const place = { shard: 1, shards: 2, replica: 0, workspace: "/tmp/x", log };
  expect(new Plain({ k: 1 }, place)).toMatchObject({ config: { k: 1 }, ...place });
});
