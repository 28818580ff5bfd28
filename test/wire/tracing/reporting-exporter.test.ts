import {
  InMemorySpanExporter,
  type ReadableSpan,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import { expect, test } from "vitest";
import { TRACE_NOTICE_MS } from "../../../src/util/limits/requests.ts";
import { ReportingExporter } from "../../../src/wire/tracing/reporting-exporter.ts";

/** A collector that refuses spans while `refusal` returns a reason. */
function makeCollector(refusal: () => string | false): SpanExporter {
  const spans = new InMemorySpanExporter();
  return {
    export: (all, done) => {
      const reason = refusal();
      spans.export(all, (result) =>
        done(reason === false ? result : { ...result, error: new Error(reason) }),
      );
    },
    shutdown: async () => spans.shutdown(),
  };
}

const TWO = [{}, {}] as ReadableSpan[];

/** Resolves when the export has ended. */
async function exportTo(exporter: ReportingExporter): Promise<void> {
  await new Promise<void>((resolve) => exporter.export(TWO, () => resolve()));
}

test("a collector that is down is reported once, and once again when it is back", async () => {
  let now = 0;
  const reports: string[] = [];
  let isDown = false;
  const exporter = new ReportingExporter(
    makeCollector(() => isDown && "refused"),
    "http://c:1",
    {
      report: (text) => reports.push(text),
      now: () => now,
    },
  );
  const send = async (batches: number): Promise<void> => {
    for (let batch = 0; batch < batches; batch += 1) await exportTo(exporter);
  };
  await send(3);
  expect(reports).toEqual([]);
  isDown = true;
  await send(100);
  now = 10 * TRACE_NOTICE_MS;
  await send(1);
  const down = "cannot export traces to http://c:1: refused. Requests are not affected";
  expect(reports.splice(0)).toEqual([down]);
  isDown = false;
  await send(1);
  expect(reports.splice(0)).toEqual(["traces are exported to http://c:1 again; 202 spans lost"]);
});

test.each([
  {
    message:
      "14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:9. Resolution note: ",
    reason: "connect ECONNREFUSED 127.0.0.1:9",
  },
  { message: "getaddrinfo ENOTFOUND c", reason: "getaddrinfo ENOTFOUND c" },
])("$reason is the reason", async ({ message, reason }) => {
  const reports: string[] = [];
  const exporter = new ReportingExporter(
    makeCollector(() => message),
    "c",
    {
      report: (text) => reports.push(text),
      now: () => 0,
    },
  );
  await exportTo(exporter);
  expect(reports).toEqual([`cannot export traces to c: ${reason}. Requests are not affected`]);
});
