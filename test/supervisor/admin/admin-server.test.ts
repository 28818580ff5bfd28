import { once } from "node:events";
import { request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { JournalEvent } from "../../../src/model/control/events.ts";
import type { FlowState } from "../../../src/model/control/flow-state.ts";
import { signalProcess } from "../../../src/util/process/process-identity.ts";
import { SupervisorBench, type WatchedFlow } from "../supervisor-bench.ts";

const SHOUT = `import { Executor } from "jflow";
export class Shout extends Executor {
  static override readonly requests = { "/index": "shout" };
  shout() {}
}
`;

let bench: SupervisorBench;
beforeEach(async () => {
  bench = await SupervisorBench.open();
  await bench.write("shout.ts", SHOUT);
});
afterEach(async () => bench[Symbol.asyncDispose]());

const flow = (adminPort = 0): string =>
  `jtype: Flow\nwith: { port: 0, protocol: http, admin_port: ${adminPort} }\nexecutors:\n  - { name: e, uses: ./shout.ts, replicas: 2 }\n`;

async function start(text = flow()): Promise<{ up: WatchedFlow; admin: string }> {
  await bench.write("flow.yml", text);
  const up = await bench.up("flow.yml");
  const { gateway } = await up.seen("ready");
  return { up, admin: gateway["admin"]! };
}

interface StreamedEvent {
  readonly name: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** Reads Server-Sent Events until one is meant, and returns those before it too. */
async function readEvents(
  url: string,
  isLast: (event: StreamedEvent) => boolean,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly StreamedEvent[]> {
  const abort = new AbortController();
  const reply = await fetch(url, { headers, signal: abort.signal });
  const events: StreamedEvent[] = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of reply.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    events.push(...blocks.filter((block) => block.startsWith("event: ")).map(parseEvent));
    if (events.some(isLast)) break;
  }
  abort.abort();
  return events;
}

function parseEvent(block: string): StreamedEvent {
  const field = (name: string): string | undefined =>
    block
      .split("\n")
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  return { name: field("event")!, id: field("id"), data: JSON.parse(field("data")!) };
}

const journalOf = (events: readonly StreamedEvent[]): readonly JournalEvent[] =>
  events.filter(({ name }) => name === "event").map(({ data }) => data as JournalEvent);

test("the state of a flow is one document, and other pages are as before", async () => {
  const { up, admin } = await start();
  const state = (await (await fetch(`${admin}/api/state`)).json()) as FlowState;
  expect(state).toMatchObject({ schema: "jflow.state/v1", flow: { state: "ready" } });
  expect(state.deployments.map(({ name, kind, needs }) => ({ name, kind, needs }))).toEqual([
    { name: "gateway", kind: "gateway", needs: [] },
    { name: "e", kind: "executor", needs: ["gateway"] },
  ]);
  expect(state.deployments[1]).toMatchObject({
    endpoints: ["/index"],
    stateful: false,
    health: "green",
    shards: 1,
    replicas: 2,
    ready: 2,
    traffic: { requests: 0, errors: 0, inFlight: 0, queued: 0 },
  });
  expect(state.shards.map(({ address, status }) => `${address} ${status}`)).toEqual([
    "e/0 green",
    "gateway/0 green",
  ]);
  const { replicas } = await up.status();
  expect(state.replicas.map(({ address, processId }) => [address, processId])).toEqual(
    replicas.map(({ address, processId }) => [address, processId]),
  );
  expect(state.events.at(-1)).toMatchObject({ kind: "flow", state: "ready" });
  const paths = ["/healthz", "/_cluster/health", "/_cat/shards", "/metrics", "/nowhere"];
  const replies = await Promise.all(paths.map(async (path) => fetch(`${admin}${path}`)));
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 404]);
});

test("the events of a flow are a stream, which goes on after the last event of a client", async () => {
  const { up, admin } = await start();
  const events = await readEvents(
    `${admin}/api/events`,
    ({ name, data }) => name === "event" && (data as JournalEvent).kind === "flow",
  );
  expect(events[0]).toMatchObject({ name: "state", data: { events: [] } });
  const ready = journalOf(events).filter(({ kind }) => kind === "ready");
  expect(ready.map(({ subject }) => subject).toSorted()).toEqual(["e/0/0", "e/0/1", "gateway/0/0"]);
  const lastId = journalOf(events).at(-1)!.id;
  const { pid } = await up.replica("e/0/1");
  const later = readEvents(
    `${admin}/api/events`,
    ({ name, data }) =>
      name === "state" &&
      (data as FlowState).replicas.some(({ restarts, ready: isReady }) => restarts > 0 && isReady),
    { "last-event-id": String(lastId) },
  );
  signalProcess(pid!, "SIGKILL");
  expect(journalOf(await later).map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    "exited: killed by SIGKILL",
    // The wait has a random share.
    expect.stringMatching(/^restarting: restarts in 0\.\d s$/),
    "started: the process starts",
    "ready: ready",
  ]);
});

test("the admin server answers while the gateway restarts", async () => {
  const { up, admin } = await start();
  const { pid } = await up.replica("gateway/0/0");
  signalProcess(pid!, "SIGKILL");
  await up.seen(
    "replica",
    ({ address, state }) => address === "gateway/0/0" && state === "backoff",
  );
  const reply = await fetch(`${admin}/healthz`);
  expect([reply.status, await reply.json()]).toEqual([
    503,
    { status: "not ready", reason: "the gateway is backoff" },
  ]);
  const isReady = async (): Promise<number> => (await fetch(`${admin}/healthz`)).status;
  await expect.poll(isReady, { timeout: 20_000 }).toBe(200);
});

test("pages of other sites and changes by other methods are refused", async () => {
  const { admin } = await start();
  const statusOf = async (headers: Record<string, string>, method = "GET"): Promise<number> =>
    new Promise((resolve, reject) => {
      request(`${admin}/api/state`, { headers, method }, (reply) => {
        reply.resume();
        resolve(reply.statusCode!);
      })
        .on("error", reject)
        .end();
    });
  expect(await statusOf({ host: "evil.example" })).toBe(403);
  expect(await statusOf({ origin: "https://evil.example" })).toBe(403);
  expect(await statusOf({ origin: admin })).toBe(200);
  expect(await statusOf({}, "HEAD")).toBe(200);
  expect(await statusOf({}, "POST")).toBe(405);
});

test("a changed file moves the admin server to another port", async () => {
  const { up, admin } = await start();
  const owner = createServer().listen(0, "127.0.0.1");
  await once(owner, "listening");
  const { port } = owner.address() as AddressInfo;
  const update = { ask: "update", variables: {}, dryRun: false } as const;
  await bench.write("flow.yml", flow(port));
  expect(await up.ask(update)).toMatchObject({
    plan: [{ text: "~ gateway: admin_port changed, in place" }],
  });
  const { text } = await up.seen("notice");
  expect(text).toContain(
    `the admin server stays on port ${new URL(admin).port}: 127.0.0.1:${port}`,
  );
  owner.close();
  await once(owner, "close");
  await bench.write("flow.yml", flow());
  await up.ask(update);
  await bench.write("flow.yml", flow(port));
  await expect
    .poll(async () => {
      await up.ask(update);
      return (await up.status()).flow.gateway["admin"];
    })
    .toBe(`http://127.0.0.1:${port}`);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  await expect(fetch(admin)).rejects.toThrow("fetch failed");
});

test("the start of a flow whose admin port is taken names the owner", async () => {
  const owner = createServer().listen(0, "127.0.0.1");
  await once(owner, "listening");
  const { port } = owner.address() as AddressInfo;
  await bench.write("flow.yml", flow(port));
  const { answer } = await bench.order("run", "flow.yml");
  expect(answer).toMatchObject({ type: "failed", code: "NOT_READY" });
  expect((answer as { message: string }).message).toContain(
    `the admin server did not start: 127.0.0.1:${port} is taken by pid ${process.pid}`,
  );
  owner.close();
});
