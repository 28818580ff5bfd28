import { describe, expect, test } from "vitest";
import { findings, read, readGood } from "./reading.ts";

const FILES = ["/p/encoder.ts", "/p/lib/merge.mjs"];

describe("a flow has every default filled", () => {
  test("for the gateway, from a file of one line", () => {
    expect(readGood("jtype: Flow\nexecutors: [{ name: a }]\n").gateway).toEqual({
      host: "127.0.0.1",
      listeners: [
        { protocol: "grpc", port: 8080 },
        { protocol: "http", port: 8081 },
      ],
      adminPort: 0,
      prefetch: 1000,
      maxMessageBytes: 134_217_728,
      cors: false,
      title: "p",
      description: "",
      noDebugEndpoints: false,
      noCrudEndpoints: false,
      exposeEndpoints: {},
      env: {},
    });
  });

  test("for a deployment, from an empty entry", () => {
    expect(readGood("executors: [{}]\n").deployments).toEqual([
      {
        name: "executor0",
        uses: { kind: "builtin", name: "BaseExecutor" },
        usesText: "BaseExecutor",
        usesWith: {},
        needs: ["gateway"],
        shards: 1,
        replicas: 1,
        env: {},
        pyModules: [],
        timeoutReadyMs: 600_000,
        retries: -1,
        durability: "request",
        balancing: "round_robin",
        drainTimeoutMs: 10_000,
        maxQueued: 1000,
        external: false,
        host: [],
        port: [],
        tls: false,
        grpcMetadata: {},
        floating: false,
        noReduce: false,
        exitOnExceptions: [],
      },
    ]);
  });

  test("with every stated value, and paths absolute", () => {
    const flow = readGood(
      `!Flow
version: '1'
name: search
workspace: ./data
env: { LOG: 01, ON: yes }
gateway:
  host: 0.0.0.0
  protocol: [GRPC, http, websocket]
  port: [5001, 5002, 0]
  admin_port: 5004
  prefetch: 10
  timeout_send: 2s
  max_message_size: 1Mi
  cors: yes
  title: Words
  expose_endpoints: { /foo: { http_path: /bar, methods: post, tags: [a] } }
executors:
  - name: encoder
    uses: ./encoder#Encoder
    uses_with: { model: mini, on: off, size: 1e3 }
    uses_requests: { /index: encode }
    replicas: 3
    env: { LOG: debug }
    timeout_ready: 1m
    timeout_send: 500
  - name: indexer
    uses: HNSWIndexer
    shards: 2
    replicas: 2
    needs: [gateway, encoder]
    polling: '{"/search": "all", "/index": 1, "*": "hash"}'
    uses_after: lib/merge.mjs
    workspace: ../elsewhere
    durability: { async: 100ms }
    restart: { max_restarts: 3 }
`,
      { files: FILES },
    );
    expect(flow).toMatchObject({
      name: "search",
      workspace: "/p/data",
      env: { LOG: "01", ON: "yes" },
      gateway: {
        host: "0.0.0.0",
        listeners: [
          { protocol: "grpc", port: 5001 },
          { protocol: "http", port: 5002 },
          { protocol: "websocket", port: 0 },
        ],
        adminPort: 5004,
        prefetch: 10,
        timeoutSendMs: 2000,
        maxMessageBytes: 1_048_576,
        cors: true,
        title: "Words",
        exposeEndpoints: { "/foo": { httpPath: "/bar", methods: ["POST"], tags: ["a"] } },
      },
      deployments: [
        {
          name: "encoder",
          uses: { kind: "file", path: "/p/encoder.ts", exportName: "Encoder" },
          usesText: "./encoder#Encoder",
          usesWith: { model: "mini", on: "off", size: 1000 },
          usesRequests: { "/index": "encode" },
          replicas: 3,
          env: { LOG: "debug", ON: "yes" },
          timeoutReadyMs: 60_000,
          timeoutSendMs: 500,
        },
        {
          needs: ["gateway", "encoder"],
          polling: { "/search": "ALL", "/index": "ANY", "*": "HASH" },
          usesAfter: { kind: "file", path: "/p/lib/merge.mjs" },
          workspace: "/elsewhere",
          env: { LOG: "01", ON: "yes" },
          durability: { asyncMs: 100 },
          restart: { maxRestarts: 3 },
        },
      ],
    });
  });
});

test.each([
  { file: "/p/flow.yml", name: "p" },
  { file: "/p/jflow.yaml", name: "p" },
  { file: "/p/words.yml", name: "words" },
  { file: "/flow.yml", name: "flow" },
])("the flow of $file is called $name", ({ file, name }) => {
  expect(readGood("executors: [{}]", { file }).name).toBe(name);
});

describe("defaults are those of Jina", () => {
  test.each([
    {
      name: "a port without a protocol is a gRPC port",
      text: "gateway: { port: 12345 }",
      want: [{ protocol: "grpc", port: 12345 }],
    },
    {
      name: "a protocol without a port has its default port",
      text: "gateway: { protocol: http }",
      want: [{ protocol: "http", port: 8081 }],
    },
    {
      name: "Jina's other names of keys are accepted",
      text: "with: { protocols: [http], port_expose: 5 }",
      want: [{ protocol: "http", port: 5 }],
    },
    {
      name: "gateway wins over with, also with other names of keys",
      text: "with: { protocol: grpc, ports: 1 }\ngateway: { port: 2 }",
      want: [{ protocol: "grpc", port: 2 }],
    },
  ])("$name", ({ text, want }) => {
    expect(readGood(`${text}\nexecutors: [{}]`).gateway.listeners).toEqual(want);
  });

  test("keys of executors in with are the default of all executors", () => {
    const flow = readGood(
      "with: { replicas: 2, timeout_ready: 5s, timeout_send: 7 }\nexecutors: [{ replicas: 3 }, {}]",
    );
    expect(
      flow.deployments.map(({ replicas, timeoutReadyMs }) => [replicas, timeoutReadyMs]),
    ).toEqual([
      [3, 5000],
      [2, 5000],
    ]);
    expect(flow.gateway.timeoutSendMs, "timeout_send of with is the flow's").toBe(7);
    expect(flow.deployments[0]?.timeoutSendMs, "and no executor's own").toBeUndefined();
  });

  test("name, workspace and env in with belong to the flow, and the top wins", () => {
    const flow = readGood(
      "with: { name: a, workspace: w, env: { A: 1, B: 2 } }\nname: b\nenv: { B: 3 }\nexecutors: [{}]",
    );
    expect(flow).toMatchObject({ name: "b", workspace: "/p/w", env: { A: "1", B: "3" } });
  });

  test("deployments is another name of executors", () => {
    expect(readGood("deployments: [{ name: x }]").deployments.map(({ name }) => name)).toEqual([
      "x",
    ]);
  });

  test("a key without a value counts as absent", () => {
    expect(
      readGood(
        "name:\nworkspace: ~\nwith:\nexecutors:\n  - name: a\n    needs:\n    replicas: null\n",
      ).deployments,
    ).toHaveLength(1);
  });

  test("-1 is the longest timer, and no limit for a request", () => {
    const [deployment] = readGood(
      "executors: [{ timeout_ready: -1, timeout_send: -1 }]",
    ).deployments;
    expect(deployment?.timeoutReadyMs).toBe(2_147_483_647);
    expect(deployment).not.toHaveProperty("timeoutSendMs");
  });

  test("a flow file may be JSON", () => {
    const text = JSON.stringify(
      { jtype: "Flow", executors: [{ name: "a", replicas: 2 }] },
      undefined,
      "\t",
    );
    expect(readGood(text, { file: "/p/flow.json" }).deployments[0]).toMatchObject({
      name: "a",
      replicas: 2,
    });
  });

  test("needs_all needs every executor that no other needs", () => {
    const text =
      "executors:\n  - { name: a, needs: gateway }\n  - { name: b, needs: gateway }\n  - { name: c, method: needs_all }\n";
    expect(readGood(text).deployments.map(({ needs }) => needs)).toEqual([
      ["gateway"],
      ["gateway"],
      ["a", "b"],
    ]);
  });
});

describe("YAML 1.2 types, and anchors", () => {
  test.each([
    { name: "yes is true where a boolean is expected", text: "cors: yes", want: { cors: true } },
    { name: "NO is false where a boolean is expected", text: "cors: NO", want: { cors: false } },
    { name: "numbers may be quoted", text: 'prefetch: "7"', want: { prefetch: 7 } },
  ])("$name", ({ text, want }) => {
    expect(readGood(`gateway: { ${text} }\nexecutors: [{}]`).gateway).toMatchObject(want);
  });

  test("values in uses_with keep their YAML 1.2 types", () => {
    const [deployment] = readGood(
      'executors: [{ uses_with: { a: yes, b: on, c: 22:22, d: 2001-01-01, e: "5", f: 017, g: 1_000, h: ~ } }]',
    ).deployments;
    expect(deployment?.usesWith).toEqual({
      a: "yes",
      b: "on",
      c: "22:22",
      d: "2001-01-01",
      e: "5",
      f: 17,
      g: "1_000",
      h: null,
    });
  });

  test("several merge keys in one mapping are merged in their order, as in PyYAML", () => {
    const text = `x-a: &a { replicas: 2, retries: 1 }
x-b: &b { shards: 2, retries: 2 }
executors:
  - { name: a, <<: *a, shards: 3, <<: *b }
  - <<: *b
    <<: *a
`;
    expect(readGood(text).deployments).toMatchObject([
      { name: "a", replicas: 2, shards: 3, retries: 2 },
      { replicas: 2, shards: 2, retries: 1 },
    ]);
  });

  test("a mapping's own keys win over merge keys", () => {
    const text = `x-base: &base { replicas: 2, shards: 3, env: { A: 1 } }
executors:
  - { name: a, <<: *base }
  - <<: [*base]
    name: b
    shards: 1
`;
    expect(
      readGood(text).deployments.map(({ name, replicas, shards }) => [name, replicas, shards]),
    ).toEqual([
      ["a", 2, 3],
      ["b", 2, 1],
    ]);
  });

  test("an error in a merged value has the line of the anchor", () => {
    expect(findings("x-base: &base\n  replicas: 0\nexecutors:\n  - <<: *base\n")).toEqual([
      "2:13 error [invalid-value] executors[0].replicas: must be at least 1, got 0",
    ]);
  });
});

test("x- keys are allowed at every level", () => {
  const text = `x-a: 1
with: { x-b: 1 }
gateway: { x-c: 1, expose_endpoints: { /a: { x-d: 1 } } }
executors: [{ x-e: [1], restart: { max_restarts: 1, x-f: 1 } }]
`;
  expect(findings(text)).toEqual([]);
});

test("a flow is returned exactly if no finding is an error", () => {
  expect(read("executors: []")).toMatchObject({
    flow: { deployments: [] },
    diagnostics: [{ severity: "warning" }],
  });
  expect(read("executors: [{ replicas: 0 }]")).not.toHaveProperty("flow");
});
