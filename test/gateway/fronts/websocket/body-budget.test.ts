import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { WebSocketFront } from "../../../../src/gateway/fronts/websocket/front.ts";
import { BodyBudget } from "../../../../src/gateway/handler/body-budget.ts";
import type { FlowService } from "../../../../src/gateway/handler/flow-service.ts";
import type { DataRequest } from "../../../../src/wire/jina/messages/data-request.ts";
import { closeAfterwards, makeRequest, readAnswer } from "../../rig.ts";

/** A front whose requests are answered when the test says so. */
async function startFront(maxBytes: number) {
  const bodies = new BodyBudget(maxBytes);
  const answers: (() => void)[] = [];
  const handle = async (response: DataRequest): Promise<{ response: DataRequest }> => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return { response };
  };
  const flow = { bodies, handle, noteSent: () => undefined } as unknown as FlowService;
  const front = new WebSocketFront(flow, { maxMessageBytes: 1_000_000, prefetch: 10 });
  const server = createServer().on("upgrade", front.upgrade).listen(0, "127.0.0.1");
  await once(server, "listening");
  closeAfterwards(async () => {
    front.close();
    server.closeAllConnections();
    server.close();
  });
  return { bodies, answers, port: (server.address() as AddressInfo).port };
}

async function connect(port: number): Promise<{ socket: WebSocket; messages: Buffer[] }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, ["bytes"]);
  const messages: Buffer[] = [];
  socket.on("message", (data: Buffer) => messages.push(data));
  await once(socket, "open");
  return { socket, messages };
}

const LARGE = makeRequest("/x", ["a".repeat(700)]);

test("a message waits for the other requests of its connection while bodies take the bound", async () => {
  const { answers, port } = await startFront(1_000);
  const { socket, messages } = await connect(port);
  for (let i = 0; i < 3; i += 1) socket.send(LARGE);
  for (let answered = 1; answered <= 3; answered += 1) {
    await expect.poll(() => answers.length).toBe(answered);
    answers[answered - 1]!();
    await expect.poll(() => messages.length).toBe(answered);
  }
  expect(messages.map((message) => readAnswer(message).status?.code ?? "SUCCESS")).toEqual([
    "SUCCESS",
    "SUCCESS",
    "SUCCESS",
  ]);
});

test("a message of a connection without other requests is refused, and the next one is answered", async () => {
  const { answers, bodies, port } = await startFront(1_000);
  const others = bodies.open();
  others.growTo(900);
  const { socket, messages } = await connect(port);
  socket.send(LARGE);
  await expect.poll(() => messages.length).toBe(1);
  expect(readAnswer(messages[0]!).status).toMatchObject({
    code: "ERROR",
    exception: { name: "RESOURCE_EXHAUSTED" },
    description: expect.stringContaining("900 bytes of other requests") as string,
  });
  others.release();
  socket.send(LARGE);
  await expect.poll(() => answers.length).toBe(1);
  answers[0]!();
  await expect.poll(() => messages.length).toBe(2);
});

test("the end of a connection frees its bytes", async () => {
  const { answers, bodies, port } = await startFront(1_000);
  const first = await connect(port);
  for (let i = 0; i < 2; i += 1) first.socket.send(LARGE);
  await expect.poll(() => answers.length).toBe(1);
  first.socket.terminate();
  await expect
    .poll(() => {
      for (const answer of answers) answer();
      return tryToTake(bodies, 1_000);
    })
    .toBe(true);
});

function tryToTake(bodies: BodyBudget, bytes: number): boolean {
  const probe = bodies.open();
  const blocker = bodies.open();
  try {
    blocker.growTo(1);
    probe.growTo(bytes - 1);
    return true;
  } catch {
    return false;
  } finally {
    probe.release();
    blocker.release();
  }
}
