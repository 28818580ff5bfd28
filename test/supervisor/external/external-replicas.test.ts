import { afterEach, expect, test } from "vitest";
import { readFlow, type Deployment } from "../../../src/flow/flow.ts";
import type { Described } from "../../../src/model/supervisor.ts";
import { ExternalReplicas } from "../../../src/supervisor/external/external-replicas.ts";
import { WorkerServer } from "../../../src/wire/exchange/worker-server.ts";
import { JinaServer } from "../../../src/wire/jina/server/jina-server.ts";

const PLACE = { host: "127.0.0.1", port: 0, maxMessageBytes: 1_000_000 };
const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

async function serveExecutor(): Promise<WorkerServer> {
  const endpoints = {
    endpoints: ["/search", "/index", "_jina_dry_run_"],
    writeEndpoints: ["/index"],
  };
  const server = await WorkerServer.start({
    ...PLACE,
    endpoints,
    handler: async ({ requests }) => ({ response: requests[0]!, isError: false }),
  });
  open.push(server);
  server.setServing(true);
  return server;
}

function externalAt(...ports: number[]): readonly Deployment[] {
  const text = `executors:\n  - { name: far, external: true, port: [${ports.join(", ")}] }\n  - { name: own }\n`;
  return readFlow({ text, file: "/f.yml", variables: {}, exists: () => true }).flow!.deployments;
}

/** Looks at the places; resolves when as many findings came. */
async function watch(
  count: number,
  ...ports: number[]
): Promise<{ seen: ExternalReplicas; found: unknown[] }> {
  const found: unknown[] = [];
  return new Promise((resolve) => {
    const tell = (finding: unknown): void => {
      found.push(finding);
      if (found.length === count) resolve({ seen, found });
    };
    const seen = new ExternalReplicas(externalAt(...ports), {
      learned: (deployment: string, described: Described) => tell({ deployment, described }),
      changed: () => undefined,
      lost: ({ address }) => tell(`lost ${address}`),
    });
    open.push({ close: () => seen.stop() });
    seen.start();
  });
}

test("a replica that answers is ready, and its endpoints are known without Jina's own", async () => {
  const { port } = await serveExecutor();
  const { seen, found } = await watch(1, port);
  expect(found).toEqual([
    {
      deployment: "far",
      described: {
        endpoints: ["/search", "/index"],
        writes: ["/index"],
        polling: {},
        stateful: false,
      },
    },
  ]);
  expect(seen.all).toEqual([
    {
      address: "far/0/0",
      deployment: "far",
      replica: 0,
      target: `127.0.0.1:${port}`,
      state: "ready",
    },
  ]);
});

test("a replica that does not answer is unhealthy and reported", async () => {
  const gone = await serveExecutor();
  await gone.close();
  const { seen, found } = await watch(1, gone.port);
  expect(found).toEqual(["lost far/0/0"]);
  expect(seen.all.map(({ state }) => state)).toEqual(["unhealthy"]);
});

test("a gateway without endpoint discovery is routed every endpoint", async () => {
  const gateway: JinaServer = await JinaServer.start({
    ...PLACE,
    prefetch: 10,
    handler: { call: async (request) => request },
  });
  open.push(gateway);
  gateway.setServing(true);
  const gone = await serveExecutor();
  await gone.close();
  const { seen, found } = await watch(1, gateway.port, gone.port);
  await expect
    .poll(() => seen.all.map(({ state }) => state), { timeout: 5_000 })
    .toEqual(["ready", "unhealthy"]);
  expect(found).toEqual(["lost far/0/1"]);
});
