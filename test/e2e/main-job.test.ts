import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, Document } from "../../src/index.ts";
import { metricValue, readMetrics, runPromtool } from "../rig/prometheus-text.ts";
import { TraceCollector, type CollectedSpan } from "../rig/trace-collector.ts";
import { eventually, Rig } from "../rig/rig.ts";

const flowWith = (collector: string): string => `
jtype: Flow
name: graph
with: { protocol: [grpc, http], port: [0, 0], tracing: true }
env: { OTEL_EXPORTER_OTLP_ENDPOINT: "${collector}" }
executors:
  - { name: first, uses: ./marker.ts, uses_with: { mark: first }, replicas: 3 }
  - { name: left, uses: ./marker.ts, uses_with: { mark: left }, needs: first }
  - { name: right, uses: ./marker.ts, uses_with: { mark: right }, needs: [first] }
  - { name: last, uses: ./marker.ts, uses_with: { mark: last }, needs: [left, right] }
  - { name: any, uses: ./sharded.ts, uses_requests: { /count: where, /one: where }, shards: 3, polling: { /count: ALL, /one: ANY } }
  - { name: ranked, uses: ./sharded.ts, uses_requests: { /rank: rank }, shards: 10, polling: { /rank: ALL }, uses_after: MatchMerger }
  - { name: joined, uses: ./sharded.ts, uses_requests: { /joined: where }, shards: 2, polling: { /joined: ALL }, uses_after: ./after.ts }
`;

const MARKER = `
import { Executor, type DocumentArray } from "jflow";
export class Marker extends Executor<{ mark: string }> {
  static override readonly requests = { "/walk": "walk", "/fail": "fail", "/env": "env" };
  walk(docs: DocumentArray): void {
    for (const doc of docs) doc.tags = { ...doc.tags, [this.config.mark]: true, ["replica_" + this.config.mark]: this.replica };
  }
  fail(): void {
    if (this.config.mark === "left") throw new RangeError("left cannot");
  }
  env(docs: DocumentArray): void {
    for (const doc of docs) doc.text = ["FLOW", "EXECUTOR", "SHARD", "SHARDS", "REPLICA"].map((name) => process.env["JFLOW_" + name]).join(" ");
  }
}
`;

const SHARDED = `
import { Executor, type DocumentArray } from "jflow";
export class Sharded extends Executor {
  static override readonly requests = {};
  where(docs: DocumentArray): void {
    for (const doc of docs) doc.matches = [{ id: "shard-" + this.shard, tags: { shard: this.shard } }];
  }
  rank(docs: DocumentArray): void {
    for (const doc of docs) doc.matches = Array.from({ length: 20 }, (_, i) => ({ id: "s" + this.shard + "-" + i, scores: { d: { value: (i * 10 + this.shard) / 8, opName: "", description: "", refId: "" } } }));
  }
}
`;

const AFTER = `
import { Document, Executor, type DocumentArray, type RequestContext } from "jflow";
export class After extends Executor {
  static override readonly requests = { "/joined": "join" };
  join(_docs: DocumentArray, { docsMatrix }: RequestContext): DocumentArray {
    return [new Document({ id: "joined", text: (docsMatrix ?? []).map((docs) => docs.flatMap((doc) => doc.matches.map((match) => match.id)).join()).join("|") })];
  }
}
`;

describe("a flow with branches, joins, shards and mergers", () => {
  let rig: Rig;
  let collector: TraceCollector;
  let client: Client;
  let http: string;

  beforeAll(async () => {
    collector = await TraceCollector.open();
    rig = new Rig(flowWith(collector.url));
    for (const [name, text] of Object.entries({
      "marker.ts": MARKER,
      "sharded.ts": SHARDED,
      "after.ts": AFTER,
    }))
      rig.write(name, text);
    await rig.up();
    const { flow } = await rig.status();
    client = new Client({ port: Number(flow.gateway["grpc"]!.split(":").at(-1)) });
    http = flow.gateway["http"]!;
  });

  afterAll(async () => {
    await client.close();
    await rig[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  async function post(
    endpoint: string,
    init: object = {},
    parameters: Record<string, unknown> = {},
  ): Promise<Document> {
    for await (const doc of client.post(endpoint, { inputs: [{ id: "q", ...init }], parameters }))
      return doc;
    throw new Error(`${endpoint} answered without a document`);
  }

  test("a document passes both branches, and the join receives both results", async () => {
    const { tags } = await post("/walk");
    expect(tags).toMatchObject({ first: true, left: true, last: true });
  });

  test("one trace leads from the client through the gateway and the workers to the methods", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const parent = "00f067aa0ba902b7";
    const reply = await fetch(`${http}/fail`, {
      method: "POST",
      headers: { "content-type": "application/json", traceparent: `00-${traceId}-${parent}-01` },
      body: JSON.stringify({ data: [{ id: "q" }] }),
    });
    expect(reply.status).toBe(200);
    const own = (): readonly CollectedSpan[] =>
      collector.spans.filter((span) => span.traceId === traceId);
    // First, then left and right; last is not asked after an exception.
    const spans = await eventually("ten spans", async () => own().length >= 10 && own());
    const root = spans.find(({ parentSpanId }) => parentSpanId === parent)!;
    expect(root).toMatchObject({ service: "gateway/rep-0", name: "POST /fail", kind: 2 });
    const chainOf = (service: string): readonly unknown[] => {
      const method = spans.find((span) => span.service === service && span.kind === 1)!;
      const server = spans.find(({ spanId }) => spanId === method.parentSpanId)!;
      const caller = spans.find(({ spanId }) => spanId === server.parentSpanId)!;
      return [method.name, server.name, caller.service, caller.parentSpanId];
    };
    const call = "/jina.JinaSingleDataRequestRPC/process_single_data";
    for (const service of ["left/rep-0", "right/rep-0"])
      expect(chainOf(service)).toEqual(["/fail", call, "gateway/rep-0", root.spanId]);
    expect(await rig.ok(["logs", "left"])).toContain(
      `Marker threw RangeError: left cannot trace_id=${traceId}`,
    );
  });

  test("the admin server has the metrics of all processes", async () => {
    await post("/walk");
    await expect(post("/fail")).rejects.toThrow("left cannot");
    const { admin } = (await rig.status()).flow.gateway;
    const text = await (await fetch(`${admin}/metrics`)).text();
    expect(runPromtool(text) ?? "").toBe("");
    const families = readMetrics(text);
    expect(families.get("jflow_replicas_ready")?.lines).toContainEqual({
      name: "jflow_replicas_ready",
      labels: { deployment: "first", shard: "0" },
      value: 3,
    });
    const failed = metricValue(text, "jflow_requests_total", { code: "EXECUTOR_FAILED" });
    expect(failed).toBeGreaterThanOrEqual(1);
    const left = { runtime_name: "left/rep-0" };
    expect(metricValue(text, "jina_failed_requests_total", left)).toBe(failed);
    expect(
      metricValue(text, "jina_process_request_seconds_count", {
        ...left,
        executor: "Marker",
        executor_endpoint: "/walk",
      }),
    ).toBeGreaterThanOrEqual(1);
    const gateway = { deployment: "gateway" };
    expect(metricValue(text, "jflow_process_resident_memory_bytes", gateway)).toBeGreaterThan(1e7);
  });

  test("replicas take turns", async () => {
    const turns: unknown[] = [];
    for (let i = 0; i < 9; i += 1) turns.push((await post("/walk")).tags["replica_first"]);
    const [a, b, c] = turns;
    expect(new Set([a, b, c]).size).toBe(3);
    expect(turns).toEqual([a, b, c, a, b, c, a, b, c]);
  });

  test("an endpoint that no executor binds is refused with the endpoints that exist", async () => {
    await expect(post("/nobody", { text: "same" })).rejects.toThrow(
      "no executor binds /nobody: the executors bind /count, ",
    );
  });

  test("ALL asks every shard, and ANY asks the shards in turn", async () => {
    expect((await post("/count")).matches.map(({ id }) => id)).toEqual([
      "shard-0",
      "shard-1",
      "shard-2",
    ]);
    const asked: string[] = [];
    for (let i = 0; i < 6; i += 1) asked.push((await post("/one")).matches[0]!.id);
    expect(asked.toSorted()).toEqual([
      "shard-0",
      "shard-0",
      "shard-1",
      "shard-1",
      "shard-2",
      "shard-2",
    ]);
  });

  test("ten shards with 20 matches each return 200 in order, or the best 20", async () => {
    const ranked = Array.from({ length: 200 }, (_, i) => `s${i % 10}-${Math.floor(i / 10)}`);
    expect((await post("/rank")).matches.map(({ id }) => id)).toEqual(ranked);
    expect((await post("/rank", {}, { limit: 20 })).matches.map(({ id }) => id)).toEqual(
      ranked.slice(0, 20),
    );
  });

  test("a uses_after executor receives one array per shard", async () => {
    expect((await post("/joined")).text).toBe("shard-0|shard-1");
  });

  test("an exception reaches the client with message, executor and stack, and the worker continues", async () => {
    await expect(post("/fail")).rejects.toMatchObject({
      code: "EXECUTOR_FAILED",
      exception: { name: "RangeError", executor: "Marker" },
    });
    await expect(post("/fail")).rejects.toThrow(/left cannot/);
    const response = await fetch(`${http}/fail`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"data":[{"text":"x"}]}`,
    });
    expect(response.status).toBe(200);
    const body = (await response.json()) as {
      header: { status: { code: number; description: string; exception: { stacks: string[] } } };
    };
    expect(body.header.status).toMatchObject({
      code: 1,
      description: expect.stringContaining("left cannot") as string,
    });
    expect(body.header.status.exception.stacks.join("\n")).toContain("marker.ts");
    expect((await rig.replica("left/0/0")).restarts).toBe(0);
  });

  test("a worker has its address in the environment", async () => {
    expect((await post("/env")).text).toBe("graph last 0 1 0");
  });

  test("HTTP serves the routes of Jina", async () => {
    const walk = await fetch(`${http}/post`, {
      method: "POST",
      body: JSON.stringify({ data: [{ id: "h" }], execEndpoint: "/walk" }),
      headers: { "content-type": "application/json" },
    });
    expect(((await walk.json()) as { data: { tags: object }[] }).data[0]!.tags).toMatchObject({
      last: true,
    });
    expect((await fetch(`${http}/dry_run`)).status).toBe(200);
    expect((await fetch(`${http}/status`)).status).toBe(200);
    expect((await fetch(`${http}/nowhere`, { method: "POST", body: "{}" })).status).toBe(404);
    expect(
      (
        await fetch(`${http}/post`, {
          method: "POST",
          body: "{",
          headers: { "content-type": "application/json" },
        })
      ).status,
    ).toBe(400);
  });

  test("a killed replica fails no request and restarts", async () => {
    const { replicas } = await rig.status();
    const victim = replicas.find(({ address }) => address === "first/0/1")!;
    let answered = 0;
    for await (const doc of client.post("/walk", {
      inputs: Array.from({ length: 600 }, (_, i) => new Document({ id: `k${i}` })),
      requestSize: 1,
      concurrency: 16,
    })) {
      if (answered === 100) process.kill(victim.pid!, "SIGKILL");
      answered += doc.tags["last"] === true ? 1 : 0;
    }
    expect(answered).toBe(600);
    await eventually("the replica has restarted", async () => {
      const now = await rig.replica("first/0/1");
      return now.ready && now.pid !== victim.pid;
    });
  });
});
