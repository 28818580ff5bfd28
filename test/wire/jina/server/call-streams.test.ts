import { expect, test } from "vitest";
import { JinaPeer } from "../../../../src/wire/jina/client/jina-peer.ts";
import { DataRequest, makeRequestId } from "../../../../src/wire/jina/messages/data-request.ts";
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
