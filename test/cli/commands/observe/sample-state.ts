import type { FlowState } from "../../../../src/model/control/flow-state.ts";
import type { DeploymentTraffic } from "../../../../src/model/control/messages.ts";
import type { ReplicaStatus } from "../../../../src/model/control/status.ts";

export const AT = "2026-12-01T02:00:00.000Z";
/** Two minutes before `AT`. */
export const STARTED_AT = "2026-12-01T01:58:00.000Z";

const TRAFFIC: DeploymentTraffic = {
  requests: 120,
  errors: 1,
  inFlight: 2,
  queued: 3,
  qps: 12,
  p50Ms: 4,
  p99Ms: 31,
};

export function makeRow(changes: Partial<ReplicaStatus> = {}): ReplicaStatus {
  return {
    address: "indexer/0/0",
    executor: "indexer",
    shard: 0,
    replica: 0,
    role: "primary",
    state: "ready",
    ready: true,
    problem: null,
    retryInMs: null,
    pid: 41,
    port: 4001,
    processId: "indexer/0/0-aa",
    docs: 1_000,
    requests: 60,
    errors: 1,
    inflight: 1,
    qps: 6,
    p50Ms: 4,
    p99Ms: 31,
    rssBytes: 80 * 1024 ** 2,
    cpu: 12,
    restarts: 0,
    lastExit: null,
    external: false,
    configHash: "abc",
    startedAt: STARTED_AT,
    ...changes,
  };
}

/** A flow with an index of one shard and two copies, the second of which restarts. */
export function makeState(changes: Partial<FlowState> = {}): FlowState {
  const second = makeRow({
    address: "indexer/0/1",
    replica: 1,
    role: "replica",
    state: "backoff",
    ready: false,
    retryInMs: 2_000,
    pid: null,
    port: null,
    processId: null,
    docs: null,
    rssBytes: null,
    cpu: null,
    restarts: 2,
    lastExit: {
      code: 1,
      signal: null,
      at: STARTED_AT,
      stderrTail: ["Error: no model", "", "    at load"],
    },
    startedAt: null,
  });
  const copy = {
    executor: "indexer",
    shard: 0,
    docs: 1_000,
    storeBytes: 2_048,
    disk: { logBytes: 1_024, maxLogBytes: 4_096, snapshotBytes: 1_024, maxSnapshotBytes: 4_096 },
    term: 3,
    localCheckpoint: 9,
    globalCheckpoint: 9,
  } as const;
  return {
    schema: "jflow.state/v1",
    at: AT,
    flow: {
      name: "search",
      id: "f",
      file: "/p/flow.yml",
      health: "yellow",
      state: "ready",
      gateway: { grpc: "127.0.0.1:8080", admin: "http://127.0.0.1:8090" },
      supervisorPid: 1,
      startedAt: STARTED_AT,
      version: "0.1.0",
    },
    deployments: [
      {
        name: "gateway",
        kind: "gateway",
        uses: "",
        needs: [],
        endpoints: null,
        stateful: false,
        health: "green",
        shards: 1,
        replicas: 1,
        ready: 1,
        restarts: 0,
        docs: null,
        cpu: 3,
        rssBytes: 70 * 1024 ** 2,
        traffic: { ...TRAFFIC, requests: 60, queued: 0 },
      },
      {
        name: "indexer",
        kind: "executor",
        uses: "HNSWIndexer",
        needs: ["gateway"],
        endpoints: ["/index", "/search", "/_locate"],
        stateful: true,
        health: "yellow",
        shards: 1,
        replicas: 2,
        ready: 1,
        restarts: 2,
        docs: 1_000,
        cpu: 12,
        rssBytes: 80 * 1024 ** 2,
        traffic: TRAFFIC,
      },
    ],
    shards: [
      {
        address: "indexer/0",
        executor: "indexer",
        shard: 0,
        status: "yellow",
        reason: "indexer/0/1 UNASSIGNED: no model",
        primary: "indexer/0/0",
        term: 3,
        docs: 1_000,
      },
    ],
    replicas: [
      makeRow({
        address: "gateway/0/0",
        executor: "gateway",
        shard: null,
        role: null,
        docs: null,
        cpu: 3,
      }),
      makeRow(),
      second,
    ],
    copies: [
      {
        ...copy,
        address: "indexer/0/0",
        replica: 0,
        role: "primary",
        state: "STARTED",
        reason: null,
        inSync: true,
        pid: 41,
      },
      {
        ...copy,
        address: "indexer/0/1",
        replica: 1,
        role: "replica",
        state: "UNASSIGNED",
        reason: "no model",
        disk: null,
        storeBytes: null,
        inSync: false,
        pid: null,
      },
    ],
    operations: [],
    events: [],
    resourceSource: "/proc",
    ...changes,
  };
}
