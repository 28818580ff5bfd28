import { expect, test } from "vitest";
import { replyHealthz, type HealthzFacts } from "../../../src/supervisor/admin/healthz.ts";
import { refuseForeign } from "../../../src/supervisor/admin/local-request.ts";
import { makeDeployment, makeReplica, makeTopology } from "../../gateway/fixtures.ts";

const READY: HealthzFacts = {
  isStopping: false,
  gateway: "ready",
  topology: makeTopology([makeDeployment("a", { replicas: [makeReplica("a", "127.0.0.1:1")] })]),
};

function health(changes: Partial<HealthzFacts>): readonly [number, unknown] {
  const { status, body } = replyHealthz({ ...READY, ...changes });
  return [status, JSON.parse(body)];
}

test("a flow whose shards have replicas is ready", () => {
  expect(health({})).toEqual([200, { status: "ready" }]);
});

test("a flow without a topology is starting", () => {
  expect(health({ topology: undefined })).toEqual([503, { status: "starting" }]);
});

test("a shard without a replica that gets reads is named", () => {
  const lost = { ...makeReplica("b", "127.0.0.1:1"), shard: 1, readable: false };
  const topology = makeTopology([
    makeDeployment("a", { replicas: [] }),
    makeDeployment("b", { shards: 2, replicas: [makeReplica("b", "127.0.0.1:1"), lost] }),
  ]);
  expect(health({ topology })).toEqual([
    503,
    { status: "not ready", reason: "no replica of a, b/1 is ready" },
  ]);
});

test("a gateway that restarts and a flow that stops are not ready", () => {
  expect(health({ gateway: "backoff" })).toEqual([
    503,
    { status: "not ready", reason: "the gateway is backoff" },
  ]);
  expect(health({ isStopping: true })).toEqual([
    503,
    { status: "not ready", reason: "the flow stops" },
  ]);
});

test.each([
  { headers: { host: "127.0.0.1:80" }, refused: false },
  { headers: { host: "LOCALHOST:80" }, refused: false },
  { headers: { host: "[::1]:80" }, refused: false },
  { headers: { host: "localhost:80", origin: "http://localhost:80" }, refused: false },
  { headers: {}, refused: true },
  { headers: { host: "evil.example" }, refused: true },
  { headers: { host: "localhost.evil.example:80" }, refused: true },
  { headers: { host: "127.0.0.1:80", origin: "http://localhost:80" }, refused: true },
  { headers: { host: "localhost:80", origin: "http://localhost:81" }, refused: true },
  { headers: { host: "localhost:80", origin: "https://evil.example" }, refused: true },
  { headers: { host: "localhost:80", origin: "null" }, refused: true },
])("a request with $headers is refused: $refused", ({ headers, refused }) => {
  expect(refuseForeign(headers) !== undefined).toBe(refused);
});
