import { existsSync } from "node:fs";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseOutputLine } from "../../src/model/output-line.ts";
import { signalProcess } from "../../src/util/process/process-identity.ts";
import { ControlClient } from "../../src/wire/control/control-client.ts";
import { SupervisorBench, type WatchedFlow } from "./supervisor-bench.ts";

const SHOUT = `import { Executor, type DocumentArray } from "jflow";
export class Shout extends Executor {
  static override readonly requests = { "/index": "shout", "/spin": "spin" };
  load(): void { console.log("loaded " + process.env["JFLOW_REPLICA"]); }
  shout(docs: DocumentArray): void { for (const doc of docs) doc.text = doc.text.toUpperCase(); }
  spin(): void { for (;;); }
}
`;
const STORE = `import { Executor, type DocumentArray } from "jflow";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
export class Store extends Executor {
  static override readonly requests = { "/index": "index" };
  static override readonly writes = ["index"];
  #texts = new Map<string, string>();
  index(docs: DocumentArray): void { for (const doc of docs) this.#texts.set(doc.id, doc.text); }
  snapshot(folder: string): void { writeFileSync(folder + "/texts.json", JSON.stringify([...this.#texts])); }
  restore(folder: string): void { this.#texts = new Map(JSON.parse(readFileSync(folder + "/texts.json", "utf8"))); }
  count(): number { return this.#texts.size; }
}
`;

let bench: SupervisorBench;
beforeEach(async () => {
  bench = await SupervisorBench.open();
  await bench.write("shout.ts", SHOUT);
  await bench.write("store.ts", STORE);
});
afterEach(async () => bench[Symbol.asyncDispose]());

const flow = (executor: string, port = 0): string =>
  `jtype: Flow\nwith: { port: ${port}, protocol: http }\nexecutors:\n  - { name: e, ${executor} }\n`;

/** One that was free a moment ago. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function ready(file: string): Promise<WatchedFlow> {
  const up = await bench.up(file);
  await up.seen("ready");
  return up;
}

async function post(up: WatchedFlow, endpoint: string, ids: readonly string[]): Promise<string> {
  const { gateway } = await up.seen("ready");
  const body = JSON.stringify({ data: ids.map((id) => ({ id, text: id })) });
  const reply = await fetch(`${gateway["http"]}${endpoint}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const text = await reply.text();
  return reply.ok ? "ok" : `${reply.status} ${text}`;
}

describe("a flow", () => {
  test("comes up, answers, and leaves nothing behind when it goes down", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts, replicas: 2"));
    const up = await ready("flow.yml");
    expect(await post(up, "/index", ["a"])).toBe("ok");
    const { flow: told, replicas } = await up.status();
    expect(told).toMatchObject({ state: "ready", health: "green", supervisorPid: up.pid });
    expect(replicas.map(({ address, state }) => `${address} ${state}`)).toEqual([
      "gateway/0/0 ready",
      "e/0/0 ready",
      "e/0/1 ready",
    ]);
    await up.seen("output", ({ line, address }) => line === "loaded 1" && address === "e/0/1");

    await up.ask({ ask: "down", timeoutMs: 5_000 });
    await up.seen("stopped");
    await up.exited;
    expect(bench.children()).toEqual([]);
    expect(existsSync(join(bench.folder, "run", "jflow", told.id))).toBe(false);
    const lines = bench.read(".jflow/flow.yml/output/e-0-1.log").trimEnd().split("\n");
    expect(lines.map((line) => parseOutputLine(line)?.text)).toContain("loaded 1");
    expect(bench.read(".jflow/.gitignore")).toBe("*\n");
  });

  test("is found, and restarts replicas, after its runtime folder was removed", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts"));
    const up = await ready("flow.yml");
    const { flow: running } = await up.status();
    const folder = join(bench.folder, "run", "jflow", running.id);
    await rm(join(bench.folder, "run"), { recursive: true });
    await up.seen("notice", ({ text }) => text.startsWith(`${folder} was removed`));
    const { pid } = await up.replica("e/0/0");
    const since = up.events.length;
    signalProcess(pid!, "SIGKILL");
    await up.seen(
      "replica",
      (event) =>
        event.address === "e/0/0" && event.state === "ready" && up.events.indexOf(event) >= since,
    );
    const later = new ControlClient(join(folder, "s"));
    expect(await later.ask({ ask: "down", timeoutMs: 5_000 }, 5_000)).toMatchObject({ ok: true });
    later.close();
    await up.exited;
    expect(existsSync(folder)).toBe(false);
  });

  test("goes down gateway first, then all deployments", async () => {
    await bench.write(
      "flow.yml",
      "jtype: Flow\nwith: { port: 0 , protocol: http }\nexecutors:\n  - { name: first, uses: ./shout.ts }\n  - { name: second, uses: ./shout.ts }\n",
    );
    const up = await ready("flow.yml");
    await up.ask({ ask: "down", timeoutMs: 5_000 });
    await up.seen("stopped");
    const stopped = up.events.filter(
      (event) => event.type === "replica" && event.state === "stopped",
    );
    const [first, ...others] = stopped.map((event) => "address" in event && event.address);
    expect(first).toBe("gateway/0/0");
    expect(new Set(others)).toEqual(new Set(["first/0/0", "second/0/0"]));
  });

  test("stops when the watcher that holds it up is gone, unless it was released", async () => {
    await bench.write("held.yml", flow("uses: ./shout.ts"));
    await bench.write("free.yml", flow("uses: ./shout.ts"));
    const held = await ready("held.yml");
    const free = await ready("free.yml");
    await free.ask({ ask: "release" });
    held.letGo();
    free.letGo();
    await held.exited;
    expect(bench.children()).toHaveLength(2);
    signalProcess(free.pid, "SIGTERM");
    await free.exited;
    expect(bench.children()).toEqual([]);
  });

  test("keeps running when another watcher leaves", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts"));
    const up = await ready("flow.yml");
    const watch = up.control.watch({ events: ["health"], holds: false });
    const first = await new Promise((resolve) => watch.onMessage(resolve));
    expect(first).toMatchObject({ type: "health", health: { status: "green" } });
    const closed = new Promise((resolve) => watch.onClosed(resolve));
    watch.close();
    await closed;
    expect((await up.status()).flow.state).toBe("ready");
  });

  test("reports each change of its health", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts, replicas: 2"));
    const up = await ready("flow.yml");
    await up.seen("health", ({ health }) => health.status === "green");
    const since = up.events.length;
    expect(await up.ask({ ask: "stop", address: "e/0/1" })).toMatchObject({ ok: true });
    const { health } = await up.seen(
      "health",
      (event) => event.health.status === "yellow" && up.events.indexOf(event) >= since,
    );
    expect(health.deployments).toEqual({ e: "yellow", gateway: "green" });
  });

  test("is not started twice", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts"));
    const up = await ready("flow.yml");
    const { answer } = await bench.order("run", "flow.yml");
    expect(answer).toMatchObject({ type: "failed", code: "ALREADY_EXISTS" });
    expect(JSON.stringify(answer)).toContain(`supervisor pid ${up.pid}`);
  });

  test("is gone at once when it is killed, also while it is busy", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts"));
    const up = await ready("flow.yml");
    const lost = post(up, "/spin", ["a"]).catch(() => "lost");
    await busy(up, "e/0/0");
    await up.ask({ ask: "kill" });
    await up.seen("stopped");
    expect(await lost).not.toBe("ok");
    await up.exited;
    expect(bench.children()).toEqual([]);
  });
});

/** Resolves when that replica has died and is ready again. */
async function back(up: WatchedFlow, address: string): Promise<void> {
  const died = await up.seen(
    "replica",
    (event) => event.address === address && event.state === "backoff",
  );
  const since = up.events.indexOf(died);
  await up.seen(
    "replica",
    (event) =>
      event.address === address && event.state === "ready" && up.events.indexOf(event) > since,
  );
}

/** Resolves when that replica uses most of a processor. */
async function busy(up: WatchedFlow, address: string): Promise<void> {
  const cpuOf = async (): Promise<number> => (await up.replica(address)).cpu ?? 0;
  await cpuOf();
  for (let looks = 0; looks < 1_000; looks += 1) {
    await sleep(50);
    if ((await cpuOf()) > 20) return;
  }
  throw new Error(`${address} never became busy`);
}

describe("a SIGKILL of the supervisor", () => {
  test("leaves no child, not even a busy one, and the next start works", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts, replicas: 2"));
    const up = await ready("flow.yml");
    const lost = post(up, "/spin", ["a"]).catch(() => "lost");
    await busy(up, "e/0/0");
    signalProcess(up.pid, "SIGKILL");
    await bench.childless(1_000);
    expect(await lost).toBe("lost");
    const again = await ready("flow.yml");
    expect(await post(again, "/index", ["a"])).toBe("ok");
  });
});

describe("a child", () => {
  test.each(["e/0/0", "gateway/0/0"])("is restarted after a kill: %s", async (address) => {
    await bench.write("flow.yml", flow("uses: ./shout.ts"));
    const up = await ready("flow.yml");
    const doors = (await up.status()).flow.gateway;
    const before = await up.replica(address);
    signalProcess(before.pid!, "SIGKILL");
    await back(up, address);
    const after = await up.replica(address);
    expect(after).toMatchObject({
      restarts: 1,
      state: "ready",
      lastExit: { code: null, signal: "SIGKILL" },
    });
    expect(after.pid).not.toBe(before.pid);
    expect((await up.status()).flow.gateway).toEqual(doors);
    expect(await post(up, "/index", ["a"])).toBe("ok");
  });

  test("listens on the port of the flow file, also after a restart", async () => {
    const port = await findPort();
    await bench.write("flow.yml", flow(`uses: ./shout.ts, port: ${port}`));
    const up = await ready("flow.yml");
    const before = await up.replica("e/0/0");
    signalProcess(before.pid!, "SIGKILL");
    await back(up, "e/0/0");
    const after = await up.replica("e/0/0");
    expect(after.pid).not.toBe(before.pid);
    expect([before.port, after.port]).toEqual([port, port]);
  });

  test("is found, killed and replaced after a SIGSTOP", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts"));
    const up = await ready("flow.yml");
    const { pid } = await up.replica("e/0/0");
    const before = performance.now();
    signalProcess(pid!, "SIGSTOP");
    const found = await up.seen(
      "replica",
      (event) => event.address === "e/0/0" && event.state === "stopping",
    );
    expect(found.text).toContain("SIGSTOP");
    expect(performance.now() - before).toBeLessThan(3_000);
    const since = up.events.length;
    await up.seen(
      "replica",
      (event) =>
        event.state === "ready" && event.address === "e/0/0" && up.events.indexOf(event) >= since,
    );
  });

  test("stays stopped after jflow stop until jflow start", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts, replicas: 2"));
    const up = await ready("flow.yml");
    expect(await up.ask({ ask: "stop", address: "e/0/1" })).toEqual({
      ok: true,
      lines: ["e/0/1 stopped"],
    });
    expect(await up.replica("e/0/1")).toMatchObject({
      state: "stopped",
      pid: null,
      lastExit: { code: 0 },
    });
    expect(await post(up, "/index", ["a"])).toBe("ok");
    const since = up.events.length;
    expect(await up.ask({ ask: "start", address: "e/0/1" })).toMatchObject({ ok: true });
    await up.seen(
      "replica",
      (event) =>
        event.address === "e/0/1" && event.state === "ready" && up.events.indexOf(event) >= since,
    );
  });

  test("is not found at an unknown address", async () => {
    await bench.write("flow.yml", flow("uses: ./shout.ts"));
    const up = await ready("flow.yml");
    expect(await up.ask({ ask: "stop", address: "x/1" })).toEqual({
      ok: false,
      code: "NOT_FOUND",
      message: 'the flow has no "x/1": it has e, gateway',
    });
  });

  test("cannot be stopped where it is external; the answer names its address", async () => {
    await bench.write(
      "flow.yml",
      `${flow("uses: ./shout.ts")}  - { name: far, external: true, port: 9 }\n`,
    );
    const up = await ready("flow.yml");
    const answer = await up.ask({ ask: "stop", address: "far" });
    expect(answer).toMatchObject({ ok: false, code: "FAILED_PRECONDITION" });
    expect(JSON.stringify(answer)).toContain("far/0/0 is an external executor at 127.0.0.1:9 (");
  });
});

describe("a flow that cannot start", () => {
  test("reports the reason and the last lines after three tries, and leaves no process", async () => {
    await bench.write(
      "wrong.ts",
      SHOUT.replace(
        'console.log("loaded " + process.env["JFLOW_REPLICA"]);',
        'throw new Error("no model here");',
      ),
    );
    await bench.write("flow.yml", flow("uses: ./wrong.ts"));
    const up = await bench.up("flow.yml");
    const failed = await up.seen("failed");
    expect(failed.message).toBe("e/0/0: no model here");
    expect(failed.tails["e/0/0"]?.join("\n")).toContain("wrong.ts:4");
    expect(
      up.events.filter(
        (event) =>
          event.type === "replica" && event.address === "e/0/0" && event.state === "starting",
      ),
    ).toHaveLength(3);
    await up.exited;
    expect(bench.children()).toEqual([]);
  });

  test("is tried once where the reason is lasting, such as a wrong option", async () => {
    await bench.write("flow.yml", flow("uses: HNSWIndexer, uses_with: { metric: far }"));
    const up = await bench.up("flow.yml");
    const { message } = await up.seen("failed");
    expect(message).toContain('e/0/0: metric is "far"');
    expect(
      up.events.filter(
        (event) =>
          event.type === "replica" && event.address === "e/0/0" && event.state === "starting",
      ),
    ).toHaveLength(1);
    await up.exited;
  });

  test("names timeout_ready when the time is over", async () => {
    await bench.write(
      "slow.ts",
      SHOUT.replace(
        "load(): void {",
        "async load(): Promise<void> { await new Promise(() => setInterval(() => 0, 1000));",
      ),
    );
    await bench.write("flow.yml", flow("uses: ./slow.ts, timeout_ready: 1500"));
    const up = await bench.up("flow.yml");
    const { message } = await up.seen("failed");
    expect(message).toBe("e/0/0: not ready within 1.5 s (timeout_ready)");
    await up.exited;
  });

  test("names the owner of a taken port and what to do", async () => {
    const owner = createServer().listen(0, "127.0.0.1");
    await once(owner, "listening");
    const { port } = owner.address() as AddressInfo;
    await bench.write("flow.yml", flow("uses: ./shout.ts", port));
    const up = await bench.up("flow.yml");
    const { message } = await up.seen("failed");
    expect(message).toContain(`127.0.0.1:${port} is taken by pid ${process.pid} (`);
    expect(message).toContain("0 is a free port");
    await up.exited;
    owner.close();
  });

  test.each([
    { what: "a file that does not compile", uses: "./broken.ts", says: "broken.ts:1:11: error:" },
    {
      what: "a package that is not there",
      uses: "no-such-package",
      says: "npm install no-such-package",
    },
  ])("is refused for $what before a process starts", async ({ uses, says }) => {
    await bench.write("broken.ts", "const x = ;\n");
    await bench.write("flow.yml", flow(`uses: ${uses}`));
    const { answer } = await bench.order("run", "flow.yml");
    expect(answer).toMatchObject({
      type: "failed",
      code: "FLOW_INVALID",
      message: expect.stringContaining(says) as string,
    });
  });
});

test("a warning of an executor is reported once, under its name", async () => {
  await bench.write(
    "loose.ts",
    'export class Loose { static requests = { "/add": "add" }; static writes = ["add"]; add() {} }\n',
  );
  await bench.write("flow.yml", flow("uses: ./loose.ts, replicas: 2"));
  const up = await ready("flow.yml");
  const told = up.events.flatMap((event) => (event.type === "notice" ? [event.text] : []));
  expect(told.filter((text) => text.includes("Loose"))).toEqual([
    expect.stringMatching(/^e: Loose declares writes but lacks snapshot or restore: /),
  ]);
});

test("two flows cannot write to one workspace at once", async () => {
  const text = flow("uses: ./shout.ts")
    .replace("jtype: Flow", "jtype: Flow\nwith: { workspace: ./shared, port: 0, protocol: http }")
    .replace("\nwith: { port: 0, protocol: http }", "");
  await bench.write("one.yml", text);
  await bench.write("two.yml", text);
  await ready("one.yml");
  const { answer } = await bench.order("run", "two.yml");
  expect(answer).toMatchObject({
    type: "failed",
    code: "FAILED_PRECONDITION",
    message: expect.stringContaining(
      `another running flow uses the workspace ${join(bench.folder, "shared", "e")}`,
    ) as string,
  });
});

describe("shards with state", () => {
  const STATEFUL = flow("uses: ./store.ts, shards: 2, replicas: 2");

  test("get another primary when the primary is killed, and are equal afterwards", async () => {
    await bench.write("flow.yml", STATEFUL);
    const up = await ready("flow.yml");
    expect(await post(up, "/index", ["a", "b", "c", "d", "e", "f"])).toBe("ok");
    const primary = (await up.status()).replicas.find(({ role }) => role === "primary")!;
    signalProcess(primary.pid!, "SIGKILL");
    expect(await post(up, "/index", ["a", "b", "c", "d", "e", "g"])).toBe("ok");
    await back(up, primary.address);
    const verified = await up.ask({ ask: "verify" });
    expect(verified).toMatchObject({ ok: true, verify: { equal: true } });
    const state = JSON.parse(bench.read(".jflow/flow.yml/state.json")) as {
      deployments: { e: { terms: { term: number; inSync: string[] }[] } };
    };
    expect(state.deployments.e.terms[primary.shard!]?.term).toBeGreaterThan(1);
  });

  test("stay in-sync after a clean stop", async () => {
    await bench.write("flow.yml", STATEFUL);
    const up = await ready("flow.yml");
    expect(await post(up, "/index", ["a", "b", "c"])).toBe("ok");
    await up.ask({ ask: "down", timeoutMs: 5_000 });
    await up.exited;
    const state = JSON.parse(bench.read(".jflow/flow.yml/state.json")) as {
      deployments: { e: { terms: { inSync: string[] }[] } };
    };
    expect(state.deployments.e.terms.map(({ inSync }) => inSync.length)).toEqual([2, 2]);
  });

  test("cannot change their number once there is data", async () => {
    await bench.write("flow.yml", STATEFUL);
    const up = await ready("flow.yml");
    await up.ask({ ask: "down", timeoutMs: 5_000 });
    await up.exited;
    await bench.write("flow.yml", flow("uses: ./store.ts, shards: 3, replicas: 2"));
    const { answer } = await bench.order("run", "flow.yml");
    expect(answer).toMatchObject({
      type: "failed",
      code: "FAILED_PRECONDITION",
      message: expect.stringContaining("jflow reshard e --shards 3") as string,
    });
  });

  test("do not promote a copy that may lack writes, unless the user confirms", async () => {
    await bench.write("flow.yml", flow("uses: ./store.ts, replicas: 2"));
    const up = await ready("flow.yml");
    await up.ask({ ask: "stop", address: "e/0/1" });
    expect(await post(up, "/index", ["a"])).toBe("ok");
    await up.ask({ ask: "stop", address: "e/0/0" });
    const since = up.events.length;
    await up.ask({ ask: "start", address: "e/0/1" });
    await up.seen(
      "replica",
      (event) =>
        event.address === "e/0/1" &&
        event.state === "recovering" &&
        up.events.indexOf(event) >= since,
    );
    expect(await up.ask({ ask: "health" })).toMatchObject({ ok: true, health: { status: "red" } });
    expect(await up.ask({ ask: "reroute", address: "e/0/1", acceptDataLoss: false })).toMatchObject(
      {
        ok: false,
        code: "FAILED_PRECONDITION",
      },
    );
    expect(await up.ask({ ask: "reroute", address: "e/0/1", acceptDataLoss: true })).toMatchObject({
      ok: true,
    });
    await up.seen(
      "replica",
      (event) =>
        event.address === "e/0/1" && event.state === "ready" && up.events.indexOf(event) >= since,
    );
    expect((await up.replica("e/0/1")).role).toBe("primary");
  });
});

test("data that state.json does not list is not served, and does not delay the flow", async () => {
  await bench.write("flow.yml", flow("uses: ./store.ts"));
  const first = await ready("flow.yml");
  expect(await post(first, "/index", ["a"])).toBe("ok");
  await first.ask({ ask: "down", timeoutMs: 5_000 });
  await first.exited;
  await rm(join(bench.folder, ".jflow/flow.yml/state.json"));

  const up = await bench.up("flow.yml");
  const { degraded } = await up.seen("ready");
  expect(degraded).toEqual([
    expect.stringMatching(
      /^e\/0 has no primary: a copy holds data, but state\.json does not list the shard.*\(jflow explain e\/0\)$/,
    ),
  ]);
  const explained = await up.ask({ ask: "explain", address: "e/0/0" });
  expect(JSON.stringify(explained)).toContain("state.json does not list the shard");
  expect(JSON.stringify(explained)).toContain(
    "jflow reroute --allocate-stale e/0/0 --accept-data-loss",
  );
  expect(await up.ask({ ask: "reroute", address: "e/0/0", acceptDataLoss: true })).toMatchObject({
    ok: true,
  });
  await up.seen("replica", (event) => event.address === "e/0/0" && event.state === "ready");
  expect((await up.replica("e/0/0")).docs).toBe(1);
  expect(await up.ask({ ask: "health" })).toMatchObject({ ok: true, health: { status: "green" } });
});

test("describing a flow returns what its executors declare, and leaves no process", async () => {
  await bench.write(
    "flow.yml",
    "jtype: Flow\nexecutors:\n  - { name: a, uses: ./shout.ts }\n  - { name: b, uses: ./store.ts, shards: 2 }\n",
  );
  const { answer, process: child } = await bench.order("describe", "flow.yml");
  expect(answer).toEqual({
    type: "described",
    deployments: {
      a: { endpoints: ["/index", "/spin"], writes: [], polling: {}, stateful: false },
      b: { endpoints: ["/index"], writes: ["/index"], polling: {}, stateful: true },
    },
  });
  if (child.exitCode === null) await once(child, "exit");
  expect(bench.children()).toEqual([]);
});
