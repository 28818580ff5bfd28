import { mkdtempSync, rmSync, statSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChildReport, ControlAnswer } from "../../../src/model/control/messages.ts";
import { JflowError } from "../../../src/util/errors.ts";
import { ControlClient } from "../../../src/wire/control/control-client.ts";
import { ControlServer, type ControlHandlers } from "../../../src/wire/control/control-server.ts";

let folder = "";
let socket = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jflow-control-"));
  socket = join(folder, "s.sock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const answer: ControlAnswer = { ok: true, lines: ["fine"] };

function later<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle(value) };
}

function handlers(changes: Partial<ControlHandlers> = {}): ControlHandlers {
  return {
    register: () => undefined,
    follow: () => undefined,
    watch: () => undefined,
    ask: async () => answer,
    ...changes,
  };
}

describe("the supervisor's socket", () => {
  test("a question gets its answer; the socket is the user's alone and gone after close", async () => {
    const server = await ControlServer.listen(socket, handlers());
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const client = new ControlClient(socket);
    expect(await client.ask({ ask: "health" }, 2000)).toEqual(answer);
    client.close();
    await server.close();
    expect(existsSync(socket)).toBe(false);
  });

  test("a child and its supervisor talk in order, both ways, until one closes", async () => {
    const reports: ChildReport[] = [];
    const { promise: closed, resolve: noteClosed } = later<Error | undefined>();
    const server = await ControlServer.listen(
      socket,
      handlers({
        register: (child) => {
          child.onMessage((report) => {
            reports.push(report);
            child.send({ type: "heartbeat" });
          });
          child.onClosed(noteClosed);
        },
      }),
    );
    const client = new ControlClient(socket);
    const channel = client.register();
    const orders: unknown[] = [];
    const second = new Promise<void>((resolve) => {
      channel.onMessage((order) => {
        orders.push(order);
        if (orders.length === 2) resolve();
      });
    });
    channel.send({ type: "register", processId: "p", address: "a/0/0" });
    channel.send({ type: "heartbeat", docs: 7 });
    await second;
    expect(reports.map((report) => report.type)).toEqual(["register", "heartbeat"]);
    channel.close();
    expect(await closed).toBe(undefined);
    client.close();
    await server.close();
  });

  test("a lost supervisor closes every channel with an error", async () => {
    const server = await ControlServer.listen(
      socket,
      handlers({ watch: (watcher) => watcher.send({ type: "notice", text: "hello" }) }),
    );
    const client = new ControlClient(socket);
    const watch = client.watch({ events: ["notice"], holds: false });
    await new Promise<void>((resolve) => watch.onMessage(() => resolve()));
    const gone = new Promise<Error | undefined>((resolve) => watch.onClosed(resolve));
    await server.close();
    await gone;
    expect(watch.closed).toBe(true);
    const error: unknown = await client
      .ask({ ask: "health" }, 1000)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "UNAVAILABLE" });
    client.close();
  });

  test("a watcher that goes away is noticed", async () => {
    const { promise: left, resolve: noteLeft } = later<void>();
    const server = await ControlServer.listen(
      socket,
      handlers({ watch: (watcher) => watcher.onClosed(() => noteLeft()) }),
    );
    const client = new ControlClient(socket);
    const watch = client.watch({ events: ["notice"], holds: false });
    await client.ask({ ask: "health" }, 1000);
    watch.close();
    await expect(left).resolves.toBe(undefined);
    client.close();
    await server.close();
  });

  test("an answer that rejects arrives with its code", async () => {
    const server = await ControlServer.listen(
      socket,
      handlers({
        ask: async () => {
          throw new JflowError("NOT_FOUND", "no such shard");
        },
      }),
    );
    const client = new ControlClient(socket);
    const error: unknown = await client
      .ask({ ask: "explain", address: "x" }, 1000)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "NOT_FOUND", message: "no such shard" });
    client.close();
    await server.close();
  });

  test("a path that systems cut in silence is refused, a taken socket is named", async () => {
    const long = `/tmp/${"x".repeat(110)}`;
    await expect(ControlServer.listen(long, handlers())).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    const server = await ControlServer.listen(socket, handlers());
    await expect(ControlServer.listen(socket, handlers())).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
    });
    await server.close();
  });
});
