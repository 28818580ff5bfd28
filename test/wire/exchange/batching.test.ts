import { Client, credentials, Metadata, ServerCredentials } from "@grpc/grpc-js";
import { connect, createServer, type ServerHttp2Session, type Settings } from "node:http2";
import { connect as connectSocket, type AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { JflowError } from "../../../src/util/errors.ts";
import { ProtoReader } from "../../../src/util/protobuf/proto-reader.ts";
import { WorkerConnection } from "../../../src/wire/exchange/worker-connection.ts";
import { WORKER } from "../../../src/wire/exchange/exchange-methods.ts";
import { decodeFrames, encodeFrame } from "../../../src/wire/exchange/frames.ts";
import { WorkerServer } from "../../../src/wire/exchange/worker-server.ts";
import { bindServer, makeServer, stopServer, type ServerStream } from "../../../src/wire/grpc.ts";

const NODE_DEFAULT = 65_535;
const RAISED = 512 * 1024;

test("requests of one tick are sent as one message", async () => {
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
    });
  });
  const port = await bindServer(server, "127.0.0.1:0", ServerCredentials.createInsecure());
  const connection = new WorkerConnection(`127.0.0.1:${port}`, { maxMessageBytes: 1024 });
  const calls = Array.from({ length: 100 }, async () =>
    connection.call({ endpoint: "/", requests: [Uint8Array.of(1)] }).catch(() => undefined),
  );
  await settled;
  expect(messages).toEqual([100]);
  connection.close();
  await Promise.all(calls);
  server.forceShutdown();
});

describe("HTTP/2 windows are raised, unless an upgrade of grpc-js breaks src/wire/grpc.ts", () => {
  test("by our server, for each stream and for the connection", async () => {
    const server = makeServer(1024);
    const port = await bindServer(server, "127.0.0.1:0", ServerCredentials.createInsecure());
    const client = connect(`http://127.0.0.1:${port}`);
    const streamWindow = await new Promise<number>((resolve) => {
      client.on("remoteSettings", (settings: Settings) => {
        const { initialWindowSize = 0 } = settings;
        if (initialWindowSize > NODE_DEFAULT) resolve(initialWindowSize);
      });
    });
    expect(streamWindow).toBe(RAISED);
    await expect.poll(() => client.state.remoteWindowSize).toBe(RAISED);
    client.destroy();
    await stopServer(server, 0);
  });

  test("by our client, for each stream and for the connection", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const sessions = new Promise<ServerHttp2Session>((resolve) => server.on("session", resolve));
    const connection = new WorkerConnection(`127.0.0.1:${port}`, { maxMessageBytes: 1024 });
    const session = await sessions;
    await expect.poll(() => session.remoteSettings.initialWindowSize).toBe(RAISED);
    await expect.poll(() => session.state.remoteWindowSize).toBe(RAISED);
    connection.close();
    session.destroy();
    server.close();
  });
});

test("a server announces the bound of metadata, so that clients refuse more at once", async () => {
  const server = makeServer(1024);
  const port = await bindServer(server, "127.0.0.1:0", ServerCredentials.createInsecure());
  const client = connect(`http://127.0.0.1:${port}`);
  const announced = new Promise<number | undefined>((resolve) => {
    client.on("remoteSettings", ({ maxHeaderListSize }: Settings) => resolve(maxHeaderListSize));
  });
  expect(await announced).toBe(65_535);
  client.destroy();
  await stopServer(server, 0);
});

test("a call with a longer value in its metadata ends at once with RESOURCE_EXHAUSTED", async () => {
  const server = makeServer(1024);
  const port = await bindServer(server, "127.0.0.1:0", ServerCredentials.createInsecure());
  const socket = connectSocket(port, "127.0.0.1");
  let received = "";
  socket.setEncoding("latin1").on("data", (text: string) => (received += text));
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  // `:method: POST`, `:scheme: http`, `:path: /x`, and `x` with a value of 70,000 bytes.
  const start = Buffer.from([0x83, 0x86, 0x04, 2, 0x2f, 0x78, 0, 1, 0x78, 0x7f, 0xf1, 0xa1, 0x04]);
  const value = Buffer.alloc(70_000, "~");
  const parts = [0, 1, 2, 3, 4].map((i) => value.subarray(i * 14_000, (i + 1) * 14_000));
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(4, 0, 0, Buffer.alloc(0)));
  socket.write(frame(1, 0, 1, start));
  for (const [i, part] of parts.entries()) socket.write(frame(9, i === 4 ? 4 : 0, 1, part));
  await once(socket, "close");
  expect(received).toContain("grpc-status\u00018");
  expect(received).toContain("the metadata of the call is longer than 64 KiB");
  await stopServer(server, 0);
});

test("frames survive joining and splitting, and malformed frames are rejected", () => {
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

test("a message without valid frames ends its connection with INVALID_ARGUMENT", async () => {
  const worker = await WorkerServer.start({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1024,
    endpoints: { endpoints: [], writeEndpoints: [] },
    handler: async (request) => ({ response: request.requests[0]!, isError: false }),
  });
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
