import { expect, test } from "vitest";
import { RequestMetrics } from "../../../src/gateway/observe/request-metrics.ts";
import { renderMetrics } from "../../../src/supervisor/metrics/render-metrics.ts";
import { MAX_ENDPOINTS_COUNTED } from "../../../src/util/limits/requests.ts";
import { metricValue, readMetrics, runPromtool } from "../../rig/prometheus-text.ts";
import { makeDeployment, makeReplica, makeTopology } from "../fixtures.ts";
import {
  connectClient,
  makeRequest,
  startGateway,
  startRawWorker,
  startWorker,
  type TestGateway,
} from "../rig.ts";

async function scrape(gateway: TestGateway): Promise<string> {
  return renderMetrics([gateway.measure()]);
}

test("the gateway counts requests, documents and bytes by endpoint, replica and code", async () => {
  const worker = await startWorker((docs) => docs);
  const replica = makeReplica("echo", worker.target);
  const gateway = await startGateway(
    makeTopology([makeDeployment("echo", { endpoints: ["/a", "/b"], replicas: [replica] })]),
  );
  const client = connectClient(gateway);
  const request = makeRequest("/a", ["1", "2"]);
  const { response } = await client.processSingleData(request);
  await client.processSingleData(makeRequest("/b", ["3"]));
  const text = await scrape(gateway);
  const runtime = { runtime_name: "gateway/rep-0" };
  const call = { ...runtime, deployment: "echo", address: "echo/0/0" };
  expect({
    a: metricValue(text, "jflow_requests_total", { endpoint: "/a", code: "OK" }),
    documents: metricValue(text, "jflow_request_documents_total", { endpoint: "/a" }),
    times: metricValue(text, "jflow_request_seconds_count", { endpoint: "/b" }),
    successes: metricValue(text, "jina_successful_requests_total", runtime),
    failures: metricValue(text, "jina_failed_requests_total", runtime),
    pending: metricValue(text, "jina_number_of_pending_requests", runtime),
    calls: metricValue(text, "jina_sending_request_seconds_count", call),
    inFlight: metricValue(text, "jflow_replica_calls_in_flight", { deployment: "echo" }),
    answers: metricValue(text, "jina_sent_response_bytes_count", runtime),
  }).toEqual({
    a: 1,
    documents: 2,
    times: 1,
    successes: 2,
    failures: 0,
    pending: 0,
    calls: 2,
    inFlight: 0,
    answers: 2,
  });
  expect(metricValue(text, "jina_received_request_bytes_sum", runtime)).toBeGreaterThan(
    request.length,
  );
  expect(metricValue(text, "jina_sent_response_bytes_sum", runtime)).toBeGreaterThan(
    response.length,
  );
  expect(runPromtool(text) ?? "").toBe("");
});

test("an executor's exception and a refused request count under their codes", async () => {
  const worker = await startRawWorker(async () => {
    throw new Error("no");
  });
  const replica = makeReplica("echo", worker.target);
  const gateway = await startGateway(undefined);
  const client = connectClient(gateway);
  const ask = async (): Promise<unknown> =>
    client.processSingleData(makeRequest("/a", ["1"])).catch(() => undefined);
  await ask();
  gateway.update(
    makeTopology([makeDeployment("echo", { endpoints: ["/a"], replicas: [replica] })]),
  );
  await ask();
  const text = await scrape(gateway);
  expect(metricValue(text, "jflow_requests_refused_total", { code: "UNAVAILABLE" })).toBe(1);
  expect(metricValue(text, "jflow_requests_total", { endpoint: "/a", code: "INTERNAL" })).toBe(1);
  expect(metricValue(text, "jina_failed_requests_total")).toBe(1);
  expect(metricValue(text, "jflow_replica_calls_failed_total", { deployment: "echo" })).toBe(1);
});

test("a malformed request counts without an endpoint", async () => {
  const gateway = await startGateway(makeTopology([makeDeployment("echo", {})]));
  const client = connectClient(gateway);
  await client.processSingleData(new Uint8Array([255])).catch(() => undefined);
  const text = await scrape(gateway);
  expect(
    metricValue(text, "jflow_requests_total", { endpoint: "", code: "INVALID_ARGUMENT" }),
  ).toBe(1);
});

test("a client that invents endpoints does not add a series for each", () => {
  const metrics = new RequestMetrics();
  for (let index = 0; index < MAX_ENDPOINTS_COUNTED + 50; index += 1) {
    metrics.begin(1);
    metrics.end({ endpoint: `/${index}`, documents: 1 }, "OK", 0.001);
  }
  expect(metrics.endpoints.size).toBe(MAX_ENDPOINTS_COUNTED + 1);
  expect(metrics.endpoints.get("other")?.codes.get("OK")).toBe(50);
});

test("the page of a gateway without requests is valid", async () => {
  const gateway = await startGateway(undefined);
  expect(readMetrics(await scrape(gateway)).size).toBeGreaterThan(10);
});
