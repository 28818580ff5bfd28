import { InMemorySpanExporter, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { expect, test } from "vitest";
import { TRACE_NOTICE_MS } from "../../../src/util/limits/requests.ts";
import { ReportingExporter } from "../../../src/wire/tracing/reporting-exporter.ts";

const TWO = [{}, {}] as ReadableSpan[];

test("a collector that is down is reported once a minute, with the spans that were lost", async () => {
  let now = 0;
  const reports: string[] = [];
  const stopped = new InMemorySpanExporter();
  await stopped.shutdown();
  const exporter = new ReportingExporter(stopped, "http://c:1", {
    report: (text) => reports.push(text),
    now: () => now,
  });
  for (let batch = 0; batch < 100; batch += 1) exporter.export(TWO, () => undefined);
  now = TRACE_NOTICE_MS;
  exporter.export(TWO, () => undefined);
  const reason = "cannot export traces to http://c:1: Exporter has been stopped";
  expect(reports).toEqual([
    `${reason}; 2 spans lost. Requests are not affected`,
    `${reason}; 200 spans lost. Requests are not affected`,
  ]);
});
