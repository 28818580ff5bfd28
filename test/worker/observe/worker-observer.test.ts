import { expect, test } from "vitest";
import type { ReplicaSpec } from "../../../src/model/replica.ts";
import type { ExecutorLog } from "../../../src/model/executor.ts";
import { JflowError } from "../../../src/util/errors.ts";
import { TracedLog } from "../../../src/worker/observe/executor-log.ts";
import { WorkerObserver } from "../../../src/worker/observe/worker-observer.ts";

const SPEC = { deployment: "a", shard: 0, shards: 1, replica: 2, address: "a/0/2" } as ReplicaSpec;

test("a worker counts answers, exceptions and refusals by Jina's names", async () => {
  const observer = new WorkerObserver(SPEC, undefined);
  observer.name("Shout");
  const request = { endpoint: "/x", requests: [new Uint8Array(10), new Uint8Array(5)] };
  const response = new Uint8Array(7);
  await observer.observe(request, async () => ({ response, isError: false }));
  await observer.observe(request, async () => ({ response, isError: true }));
  const refused = observer.observe(request, async () => {
    throw new JflowError("UNAVAILABLE", "no");
  });
  await expect(refused).rejects.toThrow("no");
  observer.begin({ endpoint: "/x", requests: [] as never, deployments: [] }).end(3, undefined);
  const families = new Map(observer.measure().map((family) => [family.name, family.samples]));
  const runtime = { runtime_name: "a/rep-2" };
  const executor = { executor_endpoint: "/x", executor: "Shout", ...runtime };
  expect(families.get("jina_successful_requests_total")).toEqual([{ labels: runtime, value: 1 }]);
  expect(families.get("jina_failed_requests_total")).toEqual([{ labels: runtime, value: 2 }]);
  expect(families.get("jina_document_processed_total")).toEqual([{ labels: executor, value: 3 }]);
  expect(families.get("jina_received_request_bytes")).toMatchObject([
    { labels: executor, value: { sum: 45 } },
  ]);
  expect(families.get("jina_sent_response_bytes")).toMatchObject([
    { labels: executor, value: { sum: 7 } },
  ]);
});

test("a line of the log names the trace at the end of its first line", () => {
  const lines: string[] = [];
  const log: ExecutorLog = {
    info: (text) => lines.push(text),
    warn: (text) => lines.push(text),
    error: (text) => lines.push(text),
  };
  let traceId: string | undefined = "abc";
  const warned: string[] = [];
  const traced = new TracedLog({
    log,
    traceId: () => traceId,
    warned: (text) => warned.push(text),
  });
  traced.info("one");
  traced.error("two\nlines");
  traceId = undefined;
  traced.warn("three");
  expect(lines).toEqual(["one trace_id=abc", "two trace_id=abc\nlines", "three"]);
  expect(warned).toEqual(["three"]);
});
