import { expect, test } from "vitest";
import { planReplicas, readFlow, type Flow } from "../../../src/flow/flow.ts";
import type { Described } from "../../../src/model/supervisor.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import type { ReplicaState } from "../../../src/supervisor/decide/lifecycle/replica-state.ts";
import { describeTopology, type RoutedReplica } from "../../../src/supervisor/decide/topology.ts";

const serving = (name: "ready" | "recovering"): ReplicaState => ({
  name,
  processId: "p",
  startedAt: 0,
  servingSince: 1,
});

function read(executors: string): Flow {
  const text = `jtype: Flow\nexecutors:\n${executors}`;
  const { flow, diagnostics } = readFlow({
    text,
    file: "/p/flow.yml",
    variables: {},
    exists: () => true,
  });
  if (flow === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return flow;
}

/**
 * The first deployment as the gateway sees it, and the helpers; `change` says what is not ready,
 * without role.
 */
function see(
  executors: string,
  change: (replica: RoutedReplica) => Partial<RoutedReplica> = () => ({}),
  described: Record<string, Described> = {},
): { deployment: TopologyDeployment; helpers: readonly TopologyDeployment[] } {
  const flow = read(executors);
  const replicas = planReplicas(flow).replicas.map((planned): RoutedReplica => {
    const replica: RoutedReplica = {
      planned,
      state: serving("ready"),
      target: "127.0.0.1:1",
      role: null,
    };
    return { ...replica, ...change(replica) };
  });
  const topology = describeTopology(
    {
      flow: flow.name,
      deployments: flow.deployments,
      replicas,
      described: new Map(Object.entries(described)),
      routingShardsOf: (_, shards) => shards * 512,
      ready: true,
      killed: [],
    },
    1,
  );
  return { deployment: topology.deployments[0]!, helpers: topology.helpers };
}

const SHARDED = "  - { name: e, uses: ./e.ts, shards: 2, replicas: 2 }\n";

test("every replica that serves is listed with its shard, number and target", () => {
  const { deployment } = see(SHARDED);
  expect(
    deployment.replicas.map(({ address, shard, replica, readable }) => ({
      address,
      shard,
      replica,
      readable,
    })),
  ).toEqual([
    { address: "e/0/0", shard: 0, replica: 0, readable: true },
    { address: "e/0/1", shard: 0, replica: 1, readable: true },
    { address: "e/1/0", shard: 1, replica: 0, readable: true },
    { address: "e/1/1", shard: 1, replica: 1, readable: true },
  ]);
});

test.each<[string, ReplicaState]>([
  ["starts", { name: "starting", processId: "p", startedAt: 0 }],
  ["drains", { name: "draining", processId: "p", startedAt: 0, deadline: 9 }],
  [
    "is being killed",
    { name: "stopping", processId: "p", startedAt: 0, reason: "x", servingSince: 1 },
  ],
  ["waits to be started again", { name: "backoff", diedAt: 0, delayMs: 500 }],
])("one that %s gets no request", (_, state) => {
  const { deployment } = see(SHARDED, ({ planned }) =>
    planned.address === "e/0/0" ? { state } : {},
  );
  expect(deployment.replicas.map(({ address }) => address)).toEqual(["e/0/1", "e/1/0", "e/1/1"]);
});

test.each<[string, ReplicaState]>([
  ["recovers", serving("recovering")],
  [
    "is unhealthy",
    { name: "unhealthy", processId: "p", startedAt: 0, servingSince: 1, reason: "busy" },
  ],
])("a primary that %s answers no reads, and is still the one that takes writes", (_, state) => {
  const { deployment } = see(SHARDED, ({ planned }) =>
    planned.address === "e/0/0" ? { state, role: "primary" } : { role: "replica" },
  );
  expect(deployment.replicas[0]).toMatchObject({
    address: "e/0/0",
    role: "primary",
    readable: false,
  });
});

test("an unknown executor receives every request; a known one has endpoints, writes and polling", () => {
  expect(see(SHARDED).deployment.endpoints).toBeUndefined();
  const known = {
    e: { endpoints: ["/index", "/search"], writes: ["/index"], polling: {}, stateful: true },
  };
  const { deployment } = see(SHARDED, () => ({}), known);
  expect(deployment).toMatchObject({
    endpoints: ["/index", "/search"],
    writes: ["/index"],
    stateful: true,
    routingShards: 1024,
    polling: { "/index": "HASH", "/search": "ALL" },
  });
});

test.each([
  {
    rule: "the merge is Jina's without uses_after",
    line: "shards: 2",
    merge: { kind: "jina" },
    helpers: [],
  },
  {
    rule: "a built-in merger runs in the gateway",
    line: "shards: 2, uses_after: MatchMerger",
    merge: { kind: "builtin", name: "MatchMerger" },
    helpers: [],
  },
  {
    rule: "another uses_after is a helper",
    line: "shards: 2, uses_after: ./m.ts",
    merge: { kind: "executor", deployment: "e_uses_after" },
    helpers: ["e_uses_after"],
  },
  {
    rule: "one shard has no merge",
    line: "uses_after: ./m.ts",
    merge: { kind: "jina" },
    helpers: [],
  },
])("the answers of shards become one: $rule", ({ line, merge, helpers }) => {
  const seen = see(`  - { name: e, uses: ./e.ts, ${line} }\n`);
  expect(seen.deployment.merge).toEqual(merge);
  expect(seen.helpers.map(({ name }) => name)).toEqual(helpers);
});

test.each([
  { line: "shards: 2", merge: { kind: "builtin", name: "MatchMerger", indexLimit: 10 } },
  {
    line: "shards: 2, uses_after: MatchMerger, uses_with: { limit: 20 }",
    merge: { kind: "builtin", name: "MatchMerger", indexLimit: 20 },
  },
  { line: "shards: 2, no_reduce: true", merge: { kind: "concat" } },
  { line: "shards: 1", merge: { kind: "jina" } },
])("the shards of a built-in index are merged by default: $line", ({ line, merge }) => {
  const { deployment } = see(`  - { name: e, uses: HNSWIndexer, ${line} }\n`);
  expect(deployment.merge).toEqual(merge);
});

test("an external deployment has Jina executors at its addresses, which are always routed to", () => {
  const { deployment } = see(
    "  - { name: e, external: true, host: [a, grpcs://b], port: 1, grpc_metadata: { k: v } }\n",
  );
  expect(
    deployment.replicas.map(({ address, target, wire, tls, readable, metadata }) => ({
      address,
      target,
      wire,
      tls,
      readable,
      metadata,
    })),
  ).toEqual([
    {
      address: "e/0/0",
      target: "a:1",
      wire: "jina",
      tls: false,
      readable: true,
      metadata: { k: "v" },
    },
    {
      address: "e/0/1",
      target: "b:1",
      wire: "jina",
      tls: true,
      readable: true,
      metadata: { k: "v" },
    },
  ]);
  expect(Object.keys(deployment)).not.toContain("endpoints");
});

test("the deployment has the endpoints of its helpers too, once all are known", () => {
  const flow = "  - { name: e, uses: ./e.ts, shards: 2, uses_before: ./b.ts }\n";
  const binds = (...endpoints: string[]): Described => ({
    endpoints,
    writes: [],
    polling: {},
    stateful: false,
  });
  const helper = see(flow).helpers[0]!.name;
  expect(see(flow, undefined, { e: binds("/a") }).deployment.endpoints).toBeUndefined();
  expect(
    see(flow, undefined, { e: binds("/a"), [helper]: binds("/a", "/b") }).deployment.endpoints,
  ).toEqual(["/a", "/b"]);
});

test.each([
  { line: "uses: ./e.py, exit_on_exceptions: [ValueError]", want: 0 },
  { line: "uses: ./e.py, exit_on_exceptions: [ValueError], retries: 2", want: 2 },
  { line: "uses: ./e.py", want: undefined },
  { line: "uses: ./e.ts, exit_on_exceptions: [ValueError]", want: undefined },
])(
  "a request that may end a Python executor is tried once unless the flow says otherwise: $line",
  ({ line, want }) => {
    expect(see(`  - { name: e, ${line} }\n`).deployment.retries).toBe(want);
  },
);

test("a removed deployment is outside the graph, and requests on their way still reach it", () => {
  const flow = read("  - { name: a }\n  - { name: b }\n");
  const [a, b] = flow.deployments;
  const replicas = planReplicas(flow).replicas.map((planned): RoutedReplica => ({
    planned,
    state: serving("ready"),
    target: "127.0.0.1:1",
    role: null,
  }));
  const source = {
    flow: flow.name,
    deployments: [a!],
    leaving: [b!],
    replicas,
    described: new Map<string, Described>(),
    routingShardsOf: () => 1,
    ready: true,
    killed: [],
  };
  const { deployments, helpers } = describeTopology(source, 1);
  expect(deployments.map(({ name }) => name)).toEqual(["a"]);
  expect(helpers.map(({ name, replicas: own }) => [name, own.length])).toEqual([["b", 1]]);
});
