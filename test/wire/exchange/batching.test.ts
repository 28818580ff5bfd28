import { Metadata, ServerCredentials } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { JflowError } from "../../../src/model/errors.ts";
import { ProtoReader } from "../../../src/util/protobuf.ts";
import { connectHop } from "../../../src/wire/exchange/connect-hop.ts";
import { WORKER } from "../../../src/wire/exchange/exchange-methods.ts";
import { decodeFrames, encodeFrame } from "../../../src/wire/exchange/frames.ts";
import { bindServer, makeServer } from "../../../src/wire/grpc.ts";
import type { ServerStream } from "../../../src/wire/grpc.ts";

test("requests of one turn travel as one message", async () => {
  const messages: number[] = [];
  const server = makeServer(1024);
  const settled = new Promise<void>((resolve) => {
    server.addService(WORKER, {
      exchange: (stream: ServerStream) => {
        stream.sendMetadata(new Metadata());
        stream.on("data", (message: Uint8Array) => {
          const reader = new ProtoReader(message);
          reader.next();
          messages.push(decodeFrames(reader.slice()).length);
          resolve();
        });
      },
    } as UntypedServiceImplementation);
  });
  const port = await bindServer(server, "127.0.0.1:0", ServerCredentials.createInsecure());
  const hop = connectHop(`127.0.0.1:${port}`, { maxMessageBytes: 1024 });
  const calls = Array.from(
    { length: 100 },
    async () => await hop.call({ endpoint: "/", requests: [Uint8Array.of(1)] }).catch(() => undefined),
  );
  await settled;
  expect(messages).toEqual([100]);
  hop.close();
  await Promise.all(calls);
  server.forceShutdown();
});

test("HTTP/2 windows are raised on the server's side: fails where an upgrade of grpc-js hides its Http2Server", async () => {
  const server = makeServer(1024);
  await bindServer(server, "127.0.0.1:0", ServerCredentials.createInsecure());
  const held: unknown = Reflect.get(server, "http2Servers");
  if (!(held instanceof Map)) throw new Error("src/wire/grpc.ts, raiseWindows: the map of Http2Servers has gone");
  const [http2Server] = held.keys() as Iterable<import("node:http2").Http2Server>;
  const windows = new Promise<number | undefined>((resolve) => {
    http2Server!.on("session", (session) => setImmediate(() => resolve(session.state.effectiveLocalWindowSize)));
  });
  const { connect } = await import("node:http2");
  const address = http2Server!.address();
  if (typeof address !== "object" || address === null) throw new Error("not bound");
  const client = connect(`http://127.0.0.1:${address.port}`);
  const settings = await new Promise<import("node:http2").Settings>((resolve) => {
    client.on("remoteSettings", (remote) => {
      if ((remote.initialWindowSize ?? 0) > 65_535) resolve(remote);
    });
  });
  expect(settings.initialWindowSize).toBe(8 * 1024 * 1024);
  expect(await windows).toBe(8 * 1024 * 1024);
  client.destroy();
  server.forceShutdown();
});

test("frames survive joining and splitting, and nothing malformed passes", () => {
  const frames = [
    encodeFrame(1, "call", [Uint8Array.of(1, 2), Uint8Array.of(3)]),
    encodeFrame(2 ** 32 - 1, "cancel", []),
  ];
  const joined = Buffer.concat(frames.flatMap((frame) => frame.parts));
  expect(decodeFrames(joined).map(({ id, kind, payload }) => [id, kind, [...payload]])).toEqual([
    [1, "call", [1, 2, 3]],
    [2 ** 32 - 1, "cancel", []],
  ]);
  for (let cut = 1; cut < joined.length; cut += 1) {
    if (cut === frames[0]!.bytes) continue;
    expect(() => decodeFrames(joined.subarray(0, cut)), `cut at ${cut}`).toThrow(JflowError);
  }
  expect(() => decodeFrames(Uint8Array.of(5, 0, 0, 0, 1, 0, 0, 0, 9))).toThrow("unknown kind");
});

test("a message that is no frames ends that hop with INVALID_ARGUMENT", async () => {
  const { serveWorker } = await import("../../../src/wire/exchange/serve-worker.ts");
  const worker = await serveWorker({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1024,
    endpoints: { endpoints: [], writeEndpoints: [] },
    handler: async (request) => ({ response: request.requests[0]!, isError: false }),
  });
  const { Client, credentials } = await import("@grpc/grpc-js");
  const client = new Client(`127.0.0.1:${worker.port}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = WORKER.exchange;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const error = new Promise<Error>((resolve) => stream.on("error", resolve));
  stream.on("data", () => undefined);
  stream.write(Uint8Array.of(10, 3, 1, 2, 3));
  expect((await error).message).toContain("INVALID_ARGUMENT");
  client.close();
  await worker.close();
});
