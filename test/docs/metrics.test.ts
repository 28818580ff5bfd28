import { expect, test } from "vitest";
import { gatewayFamilies } from "../../src/gateway/observe/gateway-families.ts";
import { RequestMetrics } from "../../src/gateway/observe/request-metrics.ts";
import { flowFamilies } from "../../src/supervisor/metrics/flow-families.ts";
import { WorkerMetrics } from "../../src/worker/observe/worker-metrics.ts";
import { readDocument } from "./documents.ts";

test("the page about metrics lists every metric with its type", () => {
  const families = [
    ...gatewayFamilies({ requests: new RequestMetrics(), calls: [], queues: [] }),
    ...new WorkerMetrics("a/rep-0", () => "A").families(),
    ...flowFamilies({ version: "", flow: "", supervisorPid: 0, replicas: [], shards: [] }),
  ];
  const rows = readDocument("src/gateway/OBSERVABILITY.md").matchAll(
    /^\| `((?:jina|jflow)_\w+)`\s+\| (\w+)/gm,
  );
  const listed = [...rows].map(([, name, type]) => `${name} ${type}`);
  const emitted = new Set(families.map(({ name, type }) => `${name} ${type}`));
  expect(listed.toSorted()).toEqual([...emitted].toSorted());
});
