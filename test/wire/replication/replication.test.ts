import type { SnapshotChunk } from "../../../src/model/shard/snapshot.ts";
import { afterEach, describe, expect, test } from "vitest";
import { JflowError } from "../../../src/util/errors.ts";
import { WorkerServer } from "../../../src/wire/exchange/worker-server.ts";
import {
  connectReplication,
  fetchSnapshot,
} from "../../../src/wire/replication/connect-replication.ts";
import type {
  ReplicationHandlers,
  ReplicationLink,
} from "../../../src/wire/replication/replication-link.ts";

const open: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

async function copy(handlers: Partial<ReplicationHandlers>): Promise<WorkerServer> {
  const server = await WorkerServer.start({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1024,
    endpoints: { endpoints: [], writeEndpoints: [] },
    handler: async (request) => ({ response: request.requests[0]!, isError: false }),
    replication: {
      attach: () => undefined,
      sendSnapshot: async function* () {},
      ...handlers,
    },
  });
  open.push(server);
  return server;
}

const targetOf = (server: WorkerServer): string => `127.0.0.1:${server.port}`;

describe("a replication link", () => {
  test("carries messages and payloads first in, first out, both ways", async () => {
    const server = await copy({
      attach: (link) =>
        link.onMessage(({ message, payloads }) =>
          link.send({ message: { got: message }, payloads: payloads.toReversed() }),
        ),
    });
    const link = connectReplication(targetOf(server));
    open.push(link);
    const answers: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      link.onMessage(({ message, payloads }) => {
        answers.push([message, payloads.map((payload) => payload.length)]);
        if (answers.length === 500) resolve();
      });
    });
    for (let i = 0; i < 500; i += 1)
      link.send({ message: { i }, payloads: [new Uint8Array(i), new Uint8Array(0)] });
    await done;
    expect(answers).toEqual(Array.from({ length: 500 }, (_, i) => [{ got: { i } }, [0, i]]));
  });

  test("shows what waits for a copy that does not read, and when it has gone out", async () => {
    const server = await copy({ attach: (link) => link.onMessage(() => undefined) });
    const link = connectReplication(targetOf(server));
    open.push(link);
    for (let i = 0; i < 64; i += 1)
      link.send({ message: i, payloads: [new Uint8Array(1024 * 1024)] });
    expect(link.queuedBytes).toBeGreaterThan(60 * 1024 * 1024);
    await link.drained();
    expect(link.queuedBytes).toBeLessThan(1024 * 1024);
  });

  test("tells the primary when the copy is gone, and when nobody was there", async () => {
    const attached: ReplicationLink[] = [];
    const server = await copy({ attach: (link) => void attached.push(link) });
    const link = connectReplication(targetOf(server));
    link.send({ message: "hello", payloads: [] });
    await expect.poll(() => attached.length).toBe(1);
    const closed = new Promise<Error | undefined>((resolve) => link.onClosed(resolve));
    await server.close();
    await closed;
    const nobody = connectReplication(targetOf(server));
    const error = await new Promise<Error | undefined>((resolve) => nobody.onClosed(resolve));
    expect(error).toMatchObject({ code: "UNAVAILABLE" });
  });

  test("tells the copy when the primary is gone", async () => {
    let gone: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const server = await copy({ attach: (link) => link.onClosed(() => gone()) });
    const link = connectReplication(targetOf(server));
    link.send({ message: 1, payloads: [] });
    await link.drained();
    link.close();
    await expect(left).resolves.toBe(undefined);
  });
});

describe("fetching a snapshot", () => {
  const chunk = (file: string, offset: number, size: number): SnapshotChunk => ({
    file,
    offset,
    bytes: new Uint8Array(size).fill(7),
  });

  async function collect(chunks: AsyncIterable<SnapshotChunk>): Promise<SnapshotChunk[]> {
    const all: SnapshotChunk[] = [];
    for await (const each of chunks) all.push(each);
    return all;
  }

  test("brings every piece in order, empty files included, and tells what was asked", async () => {
    const asked: unknown[] = [];
    const sent = [
      chunk("a/index.bin", 0, 1_000_000),
      chunk("a/index.bin", 1_000_000, 10),
      chunk("empty", 0, 0),
    ];
    const server = await copy({
      sendSnapshot: async function* (request) {
        asked.push(request);
        yield* sent;
      },
    });
    const got = await collect(
      fetchSnapshot(targetOf(server), { seq: 4 }, new AbortController().signal),
    );
    expect(got.map(({ file, offset, bytes }) => [file, offset, bytes.length])).toEqual(
      sent.map(({ file, offset, bytes }) => [file, offset, bytes.length]),
    );
    expect(asked).toEqual([{ seq: 4 }]);
  });

  test("a slow reader holds the sender back", async () => {
    let produced = 0;
    const server = await copy({
      sendSnapshot: async function* () {
        for (produced = 1; produced <= 200; produced += 1) yield chunk("f", produced, 1024 * 1024);
      },
    });
    const chunks = fetchSnapshot(targetOf(server), null, new AbortController().signal)[
      Symbol.asyncIterator
    ]();
    await chunks.next();
    let before = -1;
    const isAtRest = (): boolean => before === (before = produced);
    await expect.poll(isAtRest, { interval: 100 }).toBe(true);
    expect(produced).toBeLessThan(150);
    await chunks.return?.();
  });

  test("the sender's error arrives, and a path that leaves the folder is refused", async () => {
    const failing = await copy({
      // eslint-disable-next-line require-yield
      sendSnapshot: async function* (): AsyncIterable<SnapshotChunk> {
        throw new JflowError("NOT_FOUND", "no snapshot yet");
      },
    });
    await expect(
      collect(fetchSnapshot(targetOf(failing), null, new AbortController().signal)),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    for (const file of ["../x", "/etc/x", "a//b", "a/./b", ""]) {
      const evil = await copy({
        sendSnapshot: async function* () {
          yield chunk(file, 0, 1);
        },
      });
      const error: unknown = await collect(
        fetchSnapshot(targetOf(evil), null, new AbortController().signal),
      ).catch((reason: unknown) => reason);
      expect([file, error]).toEqual([file, expect.objectContaining({ code: "INVALID_ARGUMENT" })]);
    }
  });

  test("a reader that leaves stops the sender", async () => {
    let stopped: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    const server = await copy({
      sendSnapshot: async function* (_, signal) {
        signal.addEventListener("abort", () => stopped());
        for (let i = 0; ; i += 1) yield chunk("f", i, 1024 * 1024);
      },
    });
    for await (const each of fetchSnapshot(targetOf(server), null, new AbortController().signal)) {
      expect(each.file).toBe("f");
      break;
    }
    await told;
  });
});
