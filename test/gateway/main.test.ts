import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { ChildReport } from "../../src/model/control/messages.ts";
import type { ChildMessage, GatewayHello, GatewaySpec } from "../../src/model/replica.ts";
import { JinaPeer } from "../../src/wire/jina/client/jina-peer.ts";
import {
  ControlServer,
  type ChildChannel,
  type FollowerChannel,
} from "../../src/wire/control/control-server.ts";
import { makeDeployment, makeReplica, makeTopology } from "./fixtures.ts";
import { closeAfterwards, makeRequest, makeSpec, readAnswer, startWorker } from "./rig.ts";

const ENTRY = fileURLToPath(new URL("../../dist/gateway/main.js", import.meta.url));

interface Supervisor {
  readonly socket: string;
  readonly reports: ChildReport[];
  child?: ChildChannel;
  follower?: FollowerChannel;
}

async function startSupervisor(): Promise<Supervisor> {
  const folder = await mkdtemp(join(tmpdir(), "jflow-gateway-"));
  const supervisor: Supervisor = { socket: join(folder, "s"), reports: [] };
  const server = await ControlServer.listen(supervisor.socket, {
    register(child) {
      supervisor.child = child;
      child.onMessage((report) => supervisor.reports.push(report));
      child.onClosed(() => undefined);
    },
    follow(follower) {
      supervisor.follower = follower;
      follower.onClosed(() => undefined);
    },
    ask: async () => ({ ok: true, health: { status: "green", deployments: {}, shards: [] } }),
    watch: () => undefined,
  });
  closeAfterwards(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  return supervisor;
}

async function startProcess(
  spec: Partial<GatewaySpec>,
): Promise<{ child: ChildProcess; said: ChildMessage; exited: Promise<unknown[]> }> {
  const child = fork(ENTRY, { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const exited = once(child, "exit");
  closeAfterwards(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  child.send(makeSpec(spec));
  const [said] = (await once(child, "message")) as [ChildMessage];
  return { child, said, exited };
}

test("the process says hello with its ports, follows the topology, reports traffic, and drains", async () => {
  const supervisor = await startSupervisor();
  const { said, exited } = await startProcess({
    controlSocket: supervisor.socket,
    listeners: [
      { protocol: "grpc", port: 0 },
      { protocol: "http", port: 0 },
    ],
  });
  const hello = said as GatewayHello;
  expect(hello).toMatchObject({ type: "hello", kind: "gateway", processId: "gateway@1" });
  const [grpc, http] = hello.listeners.map(({ port }) => port);
  const health = async (): Promise<unknown> =>
    (await fetch(`http://127.0.0.1:${http}/dry_run`)).json();
  expect(await health()).toMatchObject({ code: 1 });

  const worker = await startWorker(() => undefined);
  await expect.poll(() => supervisor.follower !== undefined).toBe(true);
  supervisor.follower!.send(
    makeTopology([makeDeployment("a", { replicas: [makeReplica("a", worker.target)] })]),
  );
  await expect.poll(health).toMatchObject({ code: 0 });
  const client = new JinaPeer(`127.0.0.1:${grpc}`);
  closeAfterwards(async () => client.close());
  expect(
    readAnswer((await client.processSingleData(makeRequest("/x", ["1"]))).response).documents,
  ).toHaveLength(1);
  const cluster = await (await fetch(`http://127.0.0.1:${http}/_cluster/health`)).json();
  expect(cluster).toMatchObject({ cluster_name: "test", status: "green" });

  supervisor.child!.send({ type: "heartbeat" });
  await expect.poll(() => supervisor.reports.map(({ type }) => type)).toContain("heartbeat");
  const requests = (): number[] =>
    supervisor.reports.flatMap((report) =>
      report.type === "traffic" ? (report.replicas["a/0/0"]?.requests ?? []) : [],
    );
  await expect.poll(() => requests().at(-1), { timeout: 5_000 }).toBe(1);
  supervisor.child!.send({ type: "drain", timeoutMs: 5_000 });
  expect(await exited).toEqual([0, null]);
});

test("a taken port is named, and the process ends", async () => {
  const supervisor = await startSupervisor();
  const first = await startProcess({ controlSocket: supervisor.socket });
  const { port } = (first.said as GatewayHello).listeners[0]!;
  const second = await startProcess({
    controlSocket: supervisor.socket,
    listeners: [{ protocol: "grpc", port }],
  });
  expect(second.said).toMatchObject({
    type: "failed",
    message: expect.stringContaining(`127.0.0.1:${port}`) as string,
  });
  expect(await second.exited).toEqual([1, null]);
});

test("a gateway whose supervisor is gone ends", async () => {
  const supervisor = await startSupervisor();
  const { child, exited } = await startProcess({ controlSocket: supervisor.socket });
  child.disconnect();
  expect(await exited).toEqual([1, null]);
});
