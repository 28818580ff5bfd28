import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { GatewaySpec } from "../../../../src/model/replica.ts";
import { decodeStatus } from "../../../../src/wire/jina/messages/header.ts";
import { makeDeployment, makeReplica, makeTopology } from "../../fixtures.ts";
import {
  makeRequest,
  readAnswer,
  startGateway,
  startWorker,
  type Method,
  type TestGateway,
} from "../../rig.ts";

const shout: Method = async (documents) => {
  await sleep(20);
  for (const document of documents) document.text = document.id.toUpperCase();
};

async function startFlow(
  method: Method = shout,
  changes: Partial<GatewaySpec> = {},
): Promise<TestGateway> {
  const worker = await startWorker(method);
  const deployment = makeDeployment("shout", { replicas: [makeReplica("shout", worker.target)] });
  return startGateway(makeTopology([deployment]), {
    listeners: [{ protocol: "websocket", port: 0 }],
    ...changes,
  });
}

interface Talk {
  readonly socket: WebSocket;
  readonly messages: Buffer[];
  readonly closed: Promise<{ code: number; reason: string }>;
}

async function connect(gateway: TestGateway, protocol?: string, path = "/"): Promise<Talk> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${gateway.portOf("websocket")}${path}`,
    protocol ? [protocol] : [],
  );
  const messages: Buffer[] = [];
  socket.on("message", (data: Buffer) => messages.push(data));
  const closed = once(socket, "close").then(([code, reason]: unknown[]) => ({
    code: Number(code),
    reason: String(reason),
  }));
  await once(socket, "open");
  return { socket, messages, closed };
}

describe("subprotocol bytes", () => {
  test.each([0, 1])(
    "the byte %i ends the input, and the answers come before the close",
    async (end) => {
      const { socket, messages, closed } = await connect(await startFlow(), "bytes");
      for (const id of ["a", "b", "c"]) socket.send(makeRequest("/x", [id]));
      socket.send(Buffer.from([end]));
      expect((await closed).code).toBe(1000);
      expect(
        messages
          .flatMap((message) => readAnswer(message).documents.map(({ text }) => text))
          .toSorted(),
      ).toEqual(["A", "B", "C"]);
    },
  );

  test("the close follows a failed answer with a delay, because a client that gets both at once loses the failure", async () => {
    const gateway = await startFlow(() => {
      throw new RangeError("no");
    });
    const { socket, messages, closed } = await connect(gateway, "bytes");
    socket.send(makeRequest("/x", ["a"]));
    socket.send(Buffer.from([0]));
    await once(socket, "message");
    const answered = performance.now();
    expect((await closed).code).toBe(1000);
    expect(performance.now() - answered, "the close came with the answer").toBeGreaterThan(40);
    expect(readAnswer(messages[0]!).status).toMatchObject({ code: "ERROR" });
  });

  test("a message that is not a request is answered with the reason, and the next one is answered", async () => {
    const { socket, messages, closed } = await connect(await startFlow(), "bytes");
    socket.send(Buffer.from([0x0a, 0xff, 0xff]));
    await expect.poll(() => messages.length).toBe(1);
    expect(readAnswer(messages[0]!).status).toMatchObject({
      code: "ERROR",
      exception: { name: "INVALID_ARGUMENT" },
    });
    socket.send(makeRequest("/x", ["a"]));
    await expect.poll(() => messages.length).toBe(2);
    socket.send(Buffer.from([1]));
    expect((await closed).code).toBe(1000);
  });

  test("an executor that cannot be reached closes with 1011 and a reason", async () => {
    const gateway = await startFlow();
    gateway.update(makeTopology([], { version: 2, ready: false }));
    const { socket, closed } = await connect(gateway, "bytes");
    socket.send(makeRequest("/x", ["a"]));
    expect(await closed).toEqual({ code: 1011, reason: "the flow is starting" });
  });

  test("/dry_run answers with a status", async () => {
    const { socket, messages } = await connect(await startFlow(), "bytes", "/dry_run");
    socket.send(Buffer.alloc(0));
    await expect.poll(() => messages.length).toBe(1);
    expect(decodeStatus(messages[0]!)).toMatchObject({ code: "SUCCESS" });
    socket.close();
  });

  test("a client that goes away cancels what runs", async () => {
    const aborted: boolean[] = [];
    const gateway = await startFlow(async (_documents, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      aborted.push(true);
    });
    const { socket } = await connect(gateway, "bytes");
    socket.send(makeRequest("/x", ["a"]));
    setTimeout(() => socket.terminate(), 100);
    await expect.poll(() => aborted).toEqual([true]);
  });
});

/** All in one piece, so that the gateway reads them together. */
function sendAtOnce(socket: WebSocket, count: number, message: Uint8Array): void {
  const { _socket: connection } = socket as unknown as { readonly _socket: Socket };
  connection.cork();
  for (let i = 0; i < count; i++) socket.send(message);
  connection.uncork();
}

describe("a client that does not read its answers", () => {
  const LARGE = "x".repeat(1_000_000);
  /** More than twice what the kernel holds for two sockets on one machine (some 36 MB). */
  const ASKED = 100;
  /**
   * Round trips of another client: the gateway has taken all that it takes of the first one when
   * these are over.
   */
  const ROUND_TRIPS = 10;

  test("is not read from either, and gets every answer once it reads", async () => {
    let answered = 0;
    const gateway = await startFlow(
      (documents) => {
        for (const document of documents) {
          answered += document.id === "large" ? 1 : 0;
          document.text = document.id === "large" ? LARGE : "small";
        }
      },
      { prefetch: 4 },
    );
    const slow = await connect(gateway, "bytes");
    slow.socket.pause();
    sendAtOnce(slow.socket, ASKED, makeRequest("/x", ["large"]));
    const other = await connect(gateway, "bytes");
    for (let i = 0; i < ROUND_TRIPS; i++) {
      other.socket.send(makeRequest("/x", ["small"]));
      await once(other.socket, "message");
    }
    expect(answered, "answers pile up in the gateway").toBeLessThan(ASKED);
    slow.socket.send(Buffer.from([0]));
    slow.socket.resume();
    expect((await slow.closed).code).toBe(1000);
    expect(slow.messages).toHaveLength(ASKED);
    other.socket.close();
  });
});

describe("JSON", () => {
  test("answers in snake_case without a status; {} ends the input", async () => {
    const { socket, messages, closed } = await connect(await startFlow());
    socket.send(JSON.stringify({ data: [{ id: "a", mime_type: "t" }], execEndpoint: "/x" }));
    socket.send("{}");
    expect((await closed).code).toBe(1000);
    const answer = JSON.parse(messages[0]!.toString()) as {
      header: object;
      data: object[];
      routes: { executor: string }[];
    };
    expect(Object.keys(answer.header)).toEqual(["request_id", "exec_endpoint", "target_executor"]);
    expect(answer.data[0]).toMatchObject({ id: "a", text: "A", mime_type: "t" });
    expect(answer.routes.map((route) => route.executor)).toEqual(["gateway", "shout"]);
  });

  test("a wrong type is answered with its place", async () => {
    const { socket, messages } = await connect(await startFlow());
    socket.send('{"parameters": 3}');
    await expect.poll(() => messages.length).toBe(1);
    expect(messages[0]!.toString()).toContain("body.parameters: must be an object");
    socket.close();
  });
});

test.each([
  ["{", "not valid JSON"],
  ["[]", "must be an object"],
  [Buffer.from('{"data":[{"id":"\xff"}]}', "latin1"), "not valid UTF-8"],
])("the message %s is the mistake of the client", async (message, reason) => {
  const { socket, messages } = await connect(await startFlow(), "json");
  socket.send(message);
  await expect.poll(() => messages.length).toBe(1);
  const { header } = JSON.parse(messages[0]!.toString()) as { header: { status: object } };
  expect(header.status).toMatchObject({
    description: expect.stringContaining(reason) as string,
    exception: { name: "INVALID_ARGUMENT" },
  });
  socket.close();
});

test("the subprotocol is one that the gateway has, where a client offers several", async () => {
  const url = `ws://127.0.0.1:${(await startFlow()).portOf("websocket")}`;
  for (const [offered, chosen] of [
    [["other", "bytes"], "bytes"],
    [["other", "json"], "json"],
    [["other"], "other"],
  ] as const) {
    const socket = new WebSocket(url, [...offered]);
    await once(socket, "open");
    expect(socket.protocol).toBe(chosen);
    socket.close();
  }
});

test("a path that is no endpoint of WebSocket is a 404 that names the field", async () => {
  const url = `ws://127.0.0.1:${(await startFlow()).portOf("websocket")}`;
  const socket = new WebSocket(`${url}/search`);
  const [, response] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(404);
  const [body] = (await once(response, "data")) as [Buffer];
  expect(body.toString()).toContain("execEndpoint");
  socket.on("error", () => undefined).terminate();
});

test("HTTP and WebSocket share a port that both name", async () => {
  const probe = await startFlow();
  const port = probe.portOf("websocket");
  await probe[Symbol.asyncDispose]();
  const gateway = await startFlow(shout, {
    listeners: [
      { protocol: "http", port },
      { protocol: "websocket", port },
    ],
  });
  expect(gateway.listeners.map((listener) => listener.port)).toEqual([port, port]);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  const { socket, messages } = await connect(gateway);
  socket.send(JSON.stringify({ data: [{ id: "a" }] }));
  await expect.poll(() => messages.length).toBe(1);
  socket.close();
});

test("a port for WebSocket alone answers a probe and no other HTTP request", async () => {
  const url = `http://127.0.0.1:${(await startFlow()).portOf("websocket")}`;
  expect((await fetch(url)).status).toBe(200);
  expect((await fetch(`${url}/post`, { method: "POST", body: "{}" })).status).toBe(426);
});
