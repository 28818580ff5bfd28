import { InMemorySpanExporter, type ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { expect, test } from "vitest";
import { OpenTelemetryTracer } from "../../../src/wire/tracing/open-telemetry.ts";
import { Sampler } from "../../../src/wire/tracing/sampler.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Keeps the spans at its shutdown, unlike its base class. */
class KeptSpans extends InMemorySpanExporter {
  override async shutdown(): Promise<void> {}
}

function openTracer(sampler: string, isGlobal = false) {
  const exporter = new KeptSpans();
  const tracer = new OpenTelemetryTracer({
    exporter,
    sampler: new Sampler({ name: sampler }, () => 0),
    resource: { "service.name": "gateway/rep-0" },
    version: "1",
    isGlobal,
  });
  const close = async (): Promise<readonly ReadableSpan[]> => {
    await tracer.close();
    return exporter.getFinishedSpans();
  };
  return { tracer, close };
}

test("a span belongs to the trace of the client, and its children to the span", async () => {
  const { tracer, close } = openTracer("parentbased_always_off");
  const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
  const span = tracer.start("/x", "server", { traceparent, tracestate: "a=b" }, {})!;
  const child = span.startChild("/y", "client", { "jflow.address": "a/0/0" });
  child.end({ code: "UNAVAILABLE", message: "gone" });
  span.end();
  expect(child.context.tracestate).toBe("a=b");
  expect(child.context.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  const [second, first] = await close();
  expect({
    first: first!.parentSpanContext?.spanId,
    second: second!.parentSpanContext?.spanId,
    attributes: second!.attributes,
    status: second!.status,
    service: first!.resource.attributes["service.name"],
  }).toEqual({
    first: "00f067aa0ba902b7",
    second: first!.spanContext().spanId,
    attributes: { "jflow.address": "a/0/0", "error.type": "UNAVAILABLE" },
    status: { code: 2, message: "gone" },
    service: "gateway/rep-0",
  });
});

test("a trace that is not sampled is passed on as it came, and not exported", async () => {
  const { tracer, close } = openTracer("parentbased_always_on");
  const parent = { traceparent: `00-${TRACE}-00f067aa0ba902b7-00` };
  const span = tracer.start("/x", "server", parent, {})!;
  const child = span.startChild("/y", "client", {});
  child.end();
  span.end();
  expect(child.context).toEqual(parent);
  expect(await close()).toEqual([]);
});

test("a request without a trace has none if it is not sampled", () => {
  const { tracer } = openTracer("always_off");
  expect(tracer.start("/x", "server", undefined, {})).toBeUndefined();
});

test("the work of a span finds its trace, across a wait and beside other work", async () => {
  const { tracer } = openTracer("always_on", true);
  const traces = await Promise.all(
    [1, 2].map(async () => {
      const span = tracer.start("/x", "internal", undefined, {})!;
      const found = await span.run(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return tracer.currentTraceId;
      });
      return [span.traceId, found];
    }),
  );
  for (const [own, found] of traces) expect(found).toBe(own);
  expect(traces[0]![0]).not.toBe(traces[1]![0]);
  expect(tracer.currentTraceId).toBeUndefined();
});
