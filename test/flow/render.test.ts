import { expect, test } from "vitest";
import { stringify } from "yaml";
import { hideEnvironment, listJinaDifferences, renderFlow } from "../../src/flow/flow.ts";
import { readGood } from "./reading.ts";

const DESCRIBED = {
  b: { endpoints: ["/index", "/search"], writes: ["/index"], polling: {} },
};
const TEXT = `name: "a $$ name"
workspace: data
env: { A: 01, PRICE: $$5 }
gateway: { protocol: [grpc, http, websocket], port: [1, 2, 3], tracing: true, traces_exporter_host: "::1", timeout_send: 3s, expose_endpoints: { /a: { http_path: /b, methods: [GET] } } }
executors:
  - { name: a, uses: ./a.ts#A, uses_with: { regex: "^x$$", list: ["$\${x}"], deep: { n: 1, none: ~ } }, restart: { max_restarts: 2 }, liveness: { period: 1s }, drain_timeout: 1m, memory_limit: 1.5Gi, recovery_max_bytes_per_sec: 40MB, autoscale: { min: 1, max: 3 }, durability: async }
  - { name: b, shards: 2, polling: { /x: ALL }, uses_after: MatchMerger, timeout_send: 1s, workspace: /w, uses_requests: { /i: index } }
  - { name: c, needs: [b, a, gateway], polling: HASH }
`;

test("a rendered flow is read as the same flow", () => {
  const flow = readGood(TEXT, { files: ["/p/a.ts"] });
  const again = readGood(stringify(renderFlow(flow)), { files: ["/p/a.ts"] });
  expect(again.deployments.map((deployment) => ({ ...deployment, usesText: "" }))).toEqual(
    flow.deployments.map((deployment) => ({ ...deployment, usesText: "" })),
  );
  expect({ ...again, deployments: [] }).toEqual({ ...flow, deployments: [] });
});

test("a rendered flow with every form of Python executor is read as the same flow", () => {
  const text = `executors:
  - { uses: config.yml }
  - { uses: ./a.py, py_modules: b.py, uses_metas: { name: x } }
  - { uses: "./a.py#Up" }
  - { uses: Up, py_modules: [a.py, b.py], uses_dynamic_batching: { /a: { timeout: 5 } } }
  - { uses: ./a.py, allow_concurrent: true, output_array_type: numpy }
  - { uses: ./a.py, uses_with: { a: no, b: "no", c: 010, d: .inf, e: 1.0, f: 1e3, g: 18446744073709551617, h: "$$2", i: "1:30" } }
  - { uses: { jtype: Up, py_modules: a.py, with: { n: 1 } }, exit_on_exceptions: [KeyError] }
`;
  const files = ["/p/config.yml", "/p/a.py", "/p/b.py"];
  const flow = readGood(text, { files });
  const again = readGood(stringify(renderFlow(flow)), { files });
  expect(again.deployments.map((deployment) => ({ ...deployment, usesText: "" }))).toEqual(
    flow.deployments.map((deployment) => ({ ...deployment, usesText: "" })),
  );
});

test("a rendered flow has every default, in the form of a flow file", () => {
  expect(renderFlow(readGood("executors: [{ name: a }]"))).toEqual({
    jtype: "Flow",
    version: "1",
    name: "p",
    env: {},
    gateway: {
      host: "127.0.0.1",
      protocol: ["grpc", "http"],
      port: [8080, 8081],
      admin_port: 0,
      prefetch: 1000,
      max_message_size: "128Mi",
      cors: false,
      title: "p",
      description: "",
      no_debug_endpoints: false,
      no_crud_endpoints: false,
      expose_endpoints: {},
      env: {},
    },
    executors: [
      {
        name: "a",
        uses: "BaseExecutor",
        uses_with: {},
        needs: ["gateway"],
        shards: 1,
        replicas: 1,
        env: {},
        timeout_ready: "10m",
        durability: "request",
      },
    ],
  });
});

test("polling is rendered per endpoint if the executor is described, and otherwise as stated", () => {
  const flow = readGood(TEXT, { files: ["/p/a.ts"] });
  const polling = (rendered: object): unknown =>
    (rendered as { executors: { polling?: unknown }[] }).executors.map(
      (executor) => executor.polling,
    );
  expect(polling(renderFlow(flow))).toEqual([undefined, { "/x": "ALL" }, "HASH"]);
  expect(polling(renderFlow(flow, DESCRIBED))).toEqual([
    undefined,
    { "/index": "HASH", "/search": "ALL", "/x": "ALL", "*": "ANY" },
    "HASH",
  ]);
});

test("differences from stock Jina are listed if they apply to the flow", () => {
  const flow = readGood(TEXT, { files: ["/p/a.ts"] });
  expect(listJinaDifferences(flow, DESCRIBED)).toEqual([
    'the gateway listens on 127.0.0.1 only; set "gateway.host: 0.0.0.0" to listen on every network',
    "writes to b go to the shard of each document id (HASH), not to one shard after another",
    'branches that join at c are merged in the order of "needs", not in the order of arrival',
  ]);
  expect(listJinaDifferences(readGood("gateway: { host: 0.0.0.0 }\nexecutors: [{}]"))).toEqual([]);
});

test("times and sizes are written in their largest unit", () => {
  const text = `gateway: { timeout_send: 90s, max_message_size: 1000 }
executors:
  - { name: a, timeout_ready: -1, timeout_send: 500, durability: { async: 1500ms } }
  - { name: b, timeout_ready: 2h }
`;
  expect(renderFlow(readGood(text))).toMatchObject({
    gateway: { timeout_send: "90s", max_message_size: 1000 },
    executors: [
      { timeout_ready: -1, timeout_send: "500ms", durability: { async: "1500ms" } },
      { timeout_ready: "2h" },
    ],
  });
});

test("hidden values of env keep their names, in the flow, the gateway and the executors", () => {
  const text =
    "env: { A: 1 }\ngateway: { env: { B: 2 } }\nexecutors: [{ env: { C: 3 }, uses_with: { env: { D: 4 } } }]\n";
  expect(hideEnvironment(renderFlow(readGood(text)))).toMatchObject({
    env: { A: "***" },
    gateway: { env: { A: "***", B: "***" } },
    executors: [{ env: { A: "***", C: "***" }, uses_with: { env: { D: 4 } } }],
  });
});
