import { afterEach, expect, test } from "vitest";
import { listAll, openPromise } from "../../../rig/asynchronous.ts";
import { JflowError } from "../../../../src/util/errors.ts";
import { JinaPeer } from "../../../../src/wire/jina/client/jina-peer.ts";
import { DocumentRequest } from "../../../../src/wire/jina/messages/document-request.ts";
import { JinaServer, type JinaHandler } from "../../../../src/wire/jina/server/jina-server.ts";
import type { CallContext } from "../../../../src/wire/call-context.ts";

const open: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

const HEADER = { requestId: "r", execEndpoint: "/s", targetExecutor: "" };
const message = (document: Uint8Array): Uint8Array =>
  DocumentRequest.make({ header: HEADER, document }).toBytes();
const REQUEST = message(new Uint8Array([1]));
const byteOf = (bytes: Uint8Array): number => DocumentRequest.read(bytes).document![0]!;

async function connectTo(streamDoc: NonNullable<JinaHandler["streamDoc"]>): Promise<JinaPeer> {
  const handler: JinaHandler = { call: async (bytes) => bytes, streamDoc };
  const server = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    handler,
    maxMessageBytes: 8_000_000,
    prefetch: 1,
  });
  open.push(server);
  const peer = new JinaPeer(`127.0.0.1:${server.port}`);
  open.push(peer);
  return peer;
}

test("one request gets many messages, in order", async () => {
  const peer = await connectTo(async function* (request) {
    for (const each of [byteOf(request), 2, 3]) yield message(new Uint8Array([each]));
  });
  expect((await listAll(peer.streamDoc(REQUEST))).map(byteOf)).toEqual([1, 2, 3]);
});

test("metadata and deadline reach the handler", async () => {
  let seen: CallContext | undefined;
  const peer = await connectTo(async function* (request, context) {
    seen = context;
    yield request;
  });
  await listAll(peer.streamDoc(REQUEST, { metadata: { endpoint: "/s" }, timeoutMs: 60_000 }));
  expect(seen!.metadata["endpoint"]).toBe("/s");
  expect(seen!.deadlineMs! - Date.now()).toBeGreaterThan(30_000);
});

test("the handler's call ends when the reader stops", async () => {
  const ended = openPromise<boolean>();
  const peer = await connectTo(async function* (request, { signal }) {
    try {
      yield request;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    } finally {
      ended.resolve(signal.aborted);
    }
  });
  for await (const _ of peer.streamDoc(REQUEST)) break;
  expect(await ended.promise).toBe(true);
});

test("the handler waits for a slow reader", async () => {
  const count = 120;
  let made = 0;
  const peer = await connectTo(async function* () {
    for (; made < count; made += 1) yield message(new Uint8Array(1_000_000));
  });
  const messages = peer.streamDoc(REQUEST)[Symbol.asyncIterator]();
  await messages.next();
  for (let turn = 0; turn < 50; turn += 1) await peer.status();
  expect(made, "messages made while the reader took one").toBeLessThan(count / 2);
  let taken = 1;
  while (!(await messages.next()).done) taken += 1;
  expect(taken).toBe(count);
});

test("an error of the handler arrives after its messages", async () => {
  const peer = await connectTo(async function* (request) {
    yield request;
    throw new JflowError("NOT_FOUND", "nobody");
  });
  const messages = peer.streamDoc(REQUEST)[Symbol.asyncIterator]();
  expect((await messages.next()).done).toBe(false);
  await expect(messages.next()).rejects.toMatchObject({ code: "NOT_FOUND", message: "nobody" });
});

test("the status of a Python method that threw becomes an exception as in Jina", async () => {
  const peer = await connectTo(async function* (request) {
    yield request;
    throw new JflowError(
      "EXECUTOR_FAILED",
      "Unexpected <class 'some.module.OddError'>: told to fail",
    );
  });
  await expect(listAll(peer.streamDoc(REQUEST))).rejects.toMatchObject({
    code: "EXECUTOR_FAILED",
    message: "OddError: told to fail",
    exception: { name: "OddError", args: ["told to fail"] },
  });
});

test("an aborted, late or unanswered call rejects with its cause", async () => {
  const peer = await connectTo(async function* (request, { signal }) {
    yield request;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  });
  const abort = new AbortController();
  const messages = peer.streamDoc(REQUEST, { signal: abort.signal })[Symbol.asyncIterator]();
  await messages.next();
  abort.abort();
  await expect(messages.next()).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(listAll(peer.streamDoc(REQUEST, { timeoutMs: 50 }))).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
  });
  await open[0]!.close();
  await expect(listAll(peer.streamDoc(REQUEST))).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
