import { once } from "node:events";
import { Client, credentials } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { JinaPeer } from "../../../../src/wire/jina/client/jina-peer.ts";
import { DataRequest, makeRequestId } from "../../../../src/wire/jina/messages/data-request.ts";
import { JINA } from "../../../../src/wire/jina/jina-methods.ts";
import { JinaServer } from "../../../../src/wire/jina/server/jina-server.ts";

/** Longer than a test may take: a server that waits for it fails the test. */
const GRACE_MS = 60_000;

function request(): Uint8Array {
  return DataRequest.make({
    header: { requestId: makeRequestId(), execEndpoint: "/", targetExecutor: "" },
  }).toBytes();
}

test("a closing server answers the requests in flight, and does not wait for a stream that a client keeps open", async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let arrived = (): void => undefined;
  const hasArrived = new Promise<void>((resolve) => (arrived = resolve));
  const server = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    handler: {
      call: async (bytes) => {
        arrived();
        await released;
        return bytes;
      },
    },
    maxMessageBytes: 1024 * 1024,
    prefetch: 10,
  });
  const peer = new JinaPeer(`127.0.0.1:${server.port}`);
  const answer = peer.call(request());
  await hasArrived;
  const closed = server.close(GRACE_MS);
  release();
  await expect(answer).resolves.toBeInstanceOf(Uint8Array);
  await closed;
  await expect(peer.call(request())).rejects.toMatchObject({ code: "UNAVAILABLE" });
  peer.close();
});

test("a client that reads nothing gets errors in place of further answers, and may go on", async () => {
  const answerBytes = 4 * 1024 * 1024;
  const [bound, requests] = [4 * answerBytes, 40];
  const server = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    handler: {
      call: async (bytes) =>
        DataRequest.read(bytes)
          .with({ documents: [new Uint8Array(answerBytes)] })
          .toBytes(),
    },
    maxMessageBytes: 2 * answerBytes,
    prefetch: 1000,
    maxUnreadBytes: bound,
  });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  const { path, requestSerialize, responseDeserialize } = JINA.call;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const answered: (string | undefined)[] = [];
  stream.on("data", (bytes: Uint8Array) =>
    answered.push(DataRequest.read(bytes).header.status?.code),
  );
  stream.pause();
  for (let sent = 0; sent < requests; sent += 1) stream.write(request());
  // The server has handled all requests before it answers the next one.
  const peer = new JinaPeer(`127.0.0.1:${server.port}`, { maxMessageBytes: 2 * answerBytes });
  await peer.call(request());
  stream.resume();
  stream.end();
  await once(stream, "end");
  const refused = answered.filter((code) => code === "ERROR").length;
  expect(answered).toHaveLength(requests);
  expect(refused).toBeGreaterThan(requests / 2);
  expect(requests - refused).toBeGreaterThan(3);
  peer.close();
  client.close();
  await server.close(0);
});
