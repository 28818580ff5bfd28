import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { JflowError } from "../../../../src/util/errors.ts";
import type { GatewaySpec } from "../../../../src/model/replica.ts";
import { DataRequest } from "../../../../src/wire/jina/messages/data-request.ts";
import { makeDeployment, makeReplica, makeTopology } from "../../fixtures.ts";
import {
  startGateway,
  startRawWorker,
  startWorker,
  type Method,
  type TestGateway,
  type TestWorker,
} from "../../rig.ts";

const HTTP: Partial<GatewaySpec> = { listeners: [{ protocol: "http", port: 0 }] };

const shout: Method = (documents) => {
  for (const document of documents) document.text = document.text.toUpperCase();
};

async function startFlow(
  changes: Partial<GatewaySpec> = {},
  method: Method = shout,
): Promise<{ url: string; gateway: TestGateway; worker: TestWorker }> {
  const worker = await startWorker(method);
  const replicas = [makeReplica("shout", worker.target)];
  const shouter = makeDeployment("shout", {
    replicas,
    endpoints: ["/search", "/shout", "/index", "/update", "/delete", "/"],
  });
  const gateway = await startGateway(makeTopology([shouter]), { ...HTTP, ...changes });
  return { url: `http://127.0.0.1:${gateway.portOf("http")}`, gateway, worker };
}

/** The answers of all routes, as far as the tests look. */
interface AnswerJson {
  readonly text?: string;
  readonly header: { readonly status: { readonly description: string } | null };
  readonly routes: readonly {
    readonly executor: string;
    readonly status: unknown;
    readonly startTime: string;
  }[];
  readonly data: readonly { readonly id: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary: string }>>>>;
  readonly [key: string]: unknown;
}

interface Reply {
  readonly status: number;
  readonly body: AnswerJson;
  readonly headers: Headers;
}

async function send(url: string, body?: unknown, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, {
    ...(body === undefined
      ? {}
      : { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...init,
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text.startsWith("{") ? JSON.parse(text) : { text }) as AnswerJson,
    headers: response.headers,
  };
}

describe("a request to the flow", () => {
  test("is answered with camelCase around documents in snake_case, every field there", async () => {
    const { url } = await startFlow();
    const { status, body } = await send(`${url}/post`, {
      data: [{ id: "1", text: "hi", tags: { k: 1, deep: { x: [true] } } }],
      parameters: { a: 1 },
      execEndpoint: "/shout",
    });
    expect(status).toBe(200);
    expect(body.header).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      status: null,
      execEndpoint: "/shout",
      targetExecutor: "",
    });
    expect(body["parameters"]).toEqual({ a: 1 });
    expect(body.routes.map((route) => [route.executor, route.status])).toEqual([
      ["gateway", null],
      ["shout", null],
    ]);
    expect(body.routes[0]!.startTime).toMatch(/^\d{4}-\d\d-\d\dT.*\+00:00$/);
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({
      id: "1",
      text: "HI",
      tags: { k: 1, deep: { x: [true] } },
      mime_type: null,
      blob: null,
    });
  });

  test.each([
    ["POST", "/search", "/search"],
    ["POST", "/index", "/index"],
    ["PUT", "/update", "/update"],
    ["DELETE", "/delete", "/delete"],
    ["POST", "/shout", "/shout"],
    ["POST", "/update", "/update"],
  ])("%s %s goes to the endpoint %s", async (method, path, endpoint) => {
    const { url, worker } = await startFlow();
    const { status } = await send(url + path, { data: [{ text: "hi" }] }, { method });
    expect(status).toBe(200);
    expect(worker.seen.map((request) => request.endpoint)).toEqual([endpoint]);
  });

  test.each([
    [{ data: { docs: [{ text: "hi" }] } }, 1],
    [{ data: null }, 0],
    [{}, 0],
    [{ data: [], unknown: 1, exec_endpoint: "/shout", target_executor: "sh" }, 0],
    [{ data: [{ mime_type: "text/plain" }, { text: "x" }], execEndpoint: "/shout" }, 2],
  ])("takes %j", async (body, documents) => {
    const { url } = await startFlow();
    const reply = await send(`${url}/post`, body);
    expect([reply.status, reply.body.data.length]).toEqual([200, documents]);
  });

  test.each([
    ["{", 400, "not valid JSON"],
    ["[1]", 422, "an object"],
    ['{"parameters": 3}', 422, "an object"],
    ['{"data": 3}', 422, "a list of documents"],
    ['{"data": [3]}', 422, "data"],
    ['{"targetExecutor": {}}', 422, "must be a string"],
  ])("refuses %s with %i and says why", async (text, status, message) => {
    const { url } = await startFlow();
    const reply = await send(`${url}/post`, text);
    expect(reply.status).toBe(status);
    expect(JSON.stringify(reply.body)).toContain(message);
    expect((await send(`${url}/post`, {})).status, "the next request").toBe(200);
  });

  test("an endpoint may have any characters, which a client escapes and openapi.json declares", async () => {
    const worker = await startWorker(shout);
    const endpoints = ["/a#b?c", "/item/{id}", "/ü"];
    const deployment = makeDeployment("shout", {
      replicas: [makeReplica("shout", worker.target)],
      endpoints,
    });
    const gateway = await startGateway(makeTopology([deployment]), HTTP);
    const url = `http://127.0.0.1:${gateway.portOf("http")}`;
    for (const endpoint of endpoints) {
      const path = endpoint.split("/").map(encodeURIComponent).join("/");
      const { status, body } = await send(`${url}${path}`, { data: [{ text: "hi" }] });
      expect([status, body.data[0]], endpoint).toMatchObject([200, { text: "HI" }]);
    }
    expect((await send(`${url}/%E0%A4%A`)).status, "an escape that is none").toBe(404);
    const { body } = await send(`${url}/openapi.json`);
    expect(body.paths["/item/{id}"]!["parameters"]).toMatchObject([
      { name: "id", in: "path", required: true },
    ]);
  });

  test("an invalid target_executor is a 400 with a message", async () => {
    const { url } = await startFlow();
    const { status, body } = await send(`${url}/post`, { targetExecutor: "(" });
    expect(status).toBe(400);
    expect(body.header.status).toMatchObject({
      code: 1,
      description: expect.stringContaining("regular expression") as string,
    });
  });

  test("an executor's exception is a 200 whose header says what it was", async () => {
    const worker = await startRawWorker(async (request) => {
      const view = DataRequest.read(request.requests[0]!);
      const exception = { name: "Error", args: ["boom"], stacks: ["at x"], executor: "Shout" };
      const status = { code: "ERROR", description: "boom", exception } as const;
      return {
        response: view.with({ header: { ...view.header, status } }).toBytes(),
        isError: true,
      };
    });
    const gateway = await startGateway(
      makeTopology([makeDeployment("a", { replicas: [makeReplica("a", worker.target)] })]),
      HTTP,
    );
    const { status, body } = await send(`http://127.0.0.1:${gateway.portOf("http")}/post`, {
      data: [{ text: "x" }],
    });
    expect(status).toBe(200);
    expect(body.header.status).toEqual({
      code: 1,
      description: "boom",
      exception: { name: "Error", args: ["boom"], stacks: ["at x"], executor: "Shout" },
    });
  });

  test("a flow that starts is a 503, one that is too slow a 504", async () => {
    const { url, gateway } = await startFlow(
      { timeoutSendMs: 100 },
      async (_documents, { signal }) => {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    );
    expect((await send(`${url}/post`, { execEndpoint: "/shout" })).status).toBe(504);
    gateway.update(makeTopology([], { version: 2, ready: false }));
    const { status, body } = await send(`${url}/post`, {});
    expect([status, body.header.status?.description]).toEqual([503, "the flow is starting"]);
  });

  test("a body beyond the bound is a 413, and the next request is answered", async () => {
    const { url } = await startFlow({ maxMessageBytes: 10_000 });
    const reply = await send(`${url}/post`, { data: [{ text: "x".repeat(20_000) }] });
    expect(reply.status).toBe(413);
    expect((await send(`${url}/post`, {})).status).toBe(200);
  });

  test("an answer beyond the bound is a 413 that names max_message_size, as bytes or as JSON", async () => {
    const make: Method = (documents, { parameters }) => {
      for (const document of documents) document.blob = new Uint8Array(Number(parameters["bytes"]));
    };
    const { url } = await startFlow({ maxMessageBytes: 10_000 }, make);
    const ask = async (bytes: number): Promise<Reply> =>
      send(`${url}/post`, { data: [{}], execEndpoint: "/shout", parameters: { bytes } });
    expect((await ask(1_000)).status).toBe(200);
    for (const bytes of [9_000, 20_000]) {
      const { status, body } = await ask(bytes);
      expect([status, body.header.status?.description]).toEqual([
        413,
        expect.stringContaining("max_message_size (10000)") as string,
      ]);
    }
  });

  test("bytes that are not valid UTF-8 are a 400", async () => {
    const { url } = await startFlow();
    const reply = await send(`${url}/post`, undefined, {
      method: "POST",
      body: Buffer.from([0x22, 0xff, 0x22]),
    });
    expect(reply.status).toBe(400);
  });

  test.each([
    ["compressed", gzipSync("{}"), { "content-encoding": "gzip" }, "gzip"],
    ["compressed, without saying so", gzipSync("{}"), {}, "gzip"],
    [
      "in a character set of its own",
      Buffer.from("{}"),
      { "content-type": "application/json; charset=ISO-8859-1" },
      "ISO-8859-1",
    ],
    ["UTF-16", Buffer.from("\uFEFF{}", "utf16le"), {}, "UTF-16"],
  ])(
    "a body that is %s is a 415 that says so, and the next request is answered",
    async (_, body, headers, kind) => {
      const { url } = await startFlow();
      const reply = await send(`${url}/post`, undefined, { method: "POST", body, headers });
      expect([reply.status, JSON.stringify(reply.body)]).toEqual([
        415,
        expect.stringContaining(
          `the body is ${kind}, which is not supported; send uncompressed UTF-8`,
        ),
      ]);
      const headersOfUtf8 = {
        "content-type": 'application/json; charset="UTF-8"',
        "content-encoding": "identity",
      };
      expect((await send(`${url}/post`, {}, { headers: headersOfUtf8 })).status).toBe(200);
    },
  );

  test("a client that goes away cancels the call downstream", async () => {
    const aborted: boolean[] = [];
    const { url } = await startFlow({}, async (_documents, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      aborted.push(true);
    });
    const gone = new AbortController();
    const sending = fetch(`${url}/shout`, { method: "POST", body: "{}", signal: gone.signal });
    setTimeout(() => gone.abort(), 100);
    await expect(sending).rejects.toThrow("aborted");
    await expect.poll(() => aborted).toEqual([true]);
  });

  test("the same idempotency-key gives documents the same ids", async () => {
    const { url } = await startFlow();
    const post = async (key: string): Promise<string> => {
      const { body } = await send(
        `${url}/index`,
        { data: [{ text: "a" }] },
        { headers: { "idempotency-key": key } },
      );
      return body.data[0]!.id;
    };
    const ids = [await post("k1"), await post("k1"), await post("k2")];
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });
});

describe("the other routes", () => {
  test("alive, dry run, versions, the description and its page", async () => {
    const { url } = await startFlow();
    expect((await send(url)).body).toEqual({});
    expect((await send(`${url}/dry_run`)).body).toEqual({
      code: 0,
      description: "",
      exception: null,
    });
    expect((await send(`${url}/status`)).body).toMatchObject({ envs: {} });
    const { body } = await send(`${url}/openapi.json`);
    expect(body["openapi"]).toMatch(/^3\./);
    expect(Object.keys(body.paths).toSorted()).toEqual([
      "/",
      "/_cat/shards",
      "/_cluster/health",
      "/delete",
      "/docs",
      "/dry_run",
      "/index",
      "/openapi.json",
      "/post",
      "/redoc",
      "/search",
      "/shout",
      "/status",
      "/update",
    ]);
    expect((await send(`${url}/docs`)).body.text).toContain("<code>/shout</code>");
  });

  test("dry run names what cannot be reached", async () => {
    const gateway = await startGateway(makeTopology([makeDeployment("a", { shards: 2 })]), HTTP);
    const { body } = await send(`http://127.0.0.1:${gateway.portOf("http")}/dry_run`);
    expect(body).toEqual({
      code: 1,
      description: "no replica of a/0, a/1 is ready",
      exception: null,
    });
  });

  test.each([
    ["HEAD", "/", 200],
    ["HEAD", "/status", 200],
    ["HEAD", "/docs", 200],
    ["HEAD", "/post", 405],
    ["OPTIONS", "/search", 204],
    ["OPTIONS", "/nothing", 404],
    ["GET", "/redoc", 200],
    ["GET", "/post", 405],
    ["POST", "/nothing", 404],
    ["POST", "/default", 404],
    ["GET", "//", 404],
  ])("%s %s is a %i", async (method, path, status) => {
    const { url } = await startFlow();
    expect((await fetch(url + path, { method })).status).toBe(status);
  });

  test("no_debug_endpoints, no_crud_endpoints and expose_endpoints", async () => {
    const exposeEndpoints = {
      "/shout": { httpPath: "/loud", methods: ["PUT"], summary: "Shouts" },
    };
    const { url, worker } = await startFlow({
      noDebugEndpoints: true,
      noCrudEndpoints: true,
      exposeEndpoints,
    });
    const statusOf = async (method: string, path: string): Promise<number> =>
      (await fetch(url + path, { method, ...(method === "GET" ? {} : { body: "{}" }) })).status;
    expect(await statusOf("POST", "/post")).toBe(404);
    expect(await statusOf("GET", "/status")).toBe(404);
    expect(await statusOf("POST", "/index")).toBe(404);
    expect(await statusOf("PUT", "/update")).toBe(404);
    expect(await statusOf("PUT", "/loud")).toBe(200);
    expect(worker.seen.at(-1)!.endpoint).toBe("/shout");
    expect((await send(`${url}/openapi.json`)).body.paths["/loud"]!["put"]!.summary).toBe("Shouts");
  });

  test("HEAD has the headers of GET and no body, and OPTIONS lists the methods", async () => {
    const { url } = await startFlow();
    const [get, head] = [
      await fetch(`${url}/status`),
      await fetch(`${url}/status`, { method: "HEAD" }),
    ];
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    expect(await head.text()).toBe("");
    const options = await fetch(`${url}/status`, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
  });

  test.each([
    ["/search/?a=b", 307, "/search?a=b"],
    ["/search//", 307, "/search"],
    ["/serach", 404, "Not Found: did you mean /search?"],
    ["/nothing/", 404, "Not Found"],
  ])("POST %s is a %i that leads to a path that exists", async (path, status, expected) => {
    const { url } = await startFlow();
    const reply = await fetch(url + path, { method: "POST", body: "{}", redirect: "manual" });
    expect(reply.status).toBe(status);
    const text = await reply.text();
    expect(reply.headers.get("location") ?? (JSON.parse(text) as { detail: string }).detail).toBe(
      expected,
    );
  });

  test("a path that only a /default method handles names /post and execEndpoint", async () => {
    const { target } = await startWorker(shout);
    const replicas = [makeReplica("any", target)];
    const any = makeDeployment("any", { replicas, endpoints: ["/default"] });
    const gateway = await startGateway(makeTopology([any]), HTTP);
    const url = `http://127.0.0.1:${gateway.portOf("http")}`;
    const { status, body } = await send(`${url}/x`, {});
    expect([status, body["detail"]]).toEqual([
      404,
      'Not Found: POST /post with "execEndpoint": "/x" reaches the "/default" method',
    ]);
    expect((await send(`${url}/post`, { execEndpoint: "/x" })).status).toBe(200);
  });

  test("cors repeats the origin and the headers that a browser asks for", async () => {
    const { url } = await startFlow({ cors: true });
    const origin = "http://localhost:3000";
    const preflight = await fetch(`${url}/search`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type",
      },
    });
    expect(preflight.status).toBe(200);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "authorization, content-type",
      "access-control-allow-methods": expect.stringContaining("POST") as string,
      "access-control-max-age": "600",
      vary: "Origin",
    });
    const redirect = await fetch(`${url}/search/`, {
      method: "POST",
      headers: { origin },
      redirect: "manual",
    });
    expect([redirect.status, redirect.headers.get("access-control-allow-origin")]).toEqual([
      307,
      origin,
    ]);
  });

  test("only with cors may every page send requests", async () => {
    const open = await startFlow({ cors: true });
    const preflight = await fetch(`${open.url}/post`, {
      method: "OPTIONS",
      headers: { origin: "http://x" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([
      204,
      "http://x",
    ]);
    expect((await send(`${open.url}/post`, {})).headers.get("access-control-allow-origin")).toBe(
      "*",
    );
    const shut = await startFlow();
    expect((await send(`${shut.url}/post`, {})).headers.get("access-control-allow-origin")).toBe(
      null,
    );
  });

  test("pages from the supervisor are a 503 while it does not answer", async () => {
    const { url } = await startFlow();
    expect((await send(`${url}/_cat/shards`)).status).toBe(503);
    expect((await send(`${url}/_cluster/health`)).status).toBe(503);
  });
});

test("a taken port is named", async () => {
  const { gateway } = await startFlow();
  const port = gateway.portOf("http");
  const again = startGateway(undefined, { listeners: [{ protocol: "http", port }] });
  await expect(again).rejects.toMatchObject({
    code: "ALREADY_EXISTS",
    message: expect.stringContaining(`127.0.0.1:${port}`) as string,
  });
  await expect(
    startGateway(undefined, { listeners: [{ protocol: "grpc", port }] }),
  ).rejects.toBeInstanceOf(JflowError);
});
