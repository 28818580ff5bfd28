import { expect, test } from "vitest";
import { chooseExporter, collectorOfPython } from "../../../src/wire/tracing/choose-exporter.ts";

const HTTP = "http://c:4318";

test.each([
  {
    of: "the flow file",
    tracing: { endpoint: "http://a:1" },
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: HTTP },
    want: { protocol: "grpc", url: "http://a:1", target: "http://a:1" },
    python: { host: "http://a", port: "1" },
  },
  {
    of: "nothing",
    tracing: {},
    env: {},
    want: { protocol: "grpc", url: "http://localhost:4317", target: "http://localhost:4317" },
    python: { host: "http://localhost", port: "4317" },
  },
  {
    of: "an endpoint alone",
    tracing: {},
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: HTTP },
    want: { protocol: "http/protobuf", target: HTTP },
    python: undefined,
  },
  {
    of: "an endpoint of traces and a protocol",
    tracing: {},
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: HTTP,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://d",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    },
    want: { protocol: "grpc", target: "http://d" },
    python: { host: "http://d", port: "4317" },
  },
  {
    of: "empty variables",
    tracing: {},
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: "", OTEL_EXPORTER_OTLP_PROTOCOL: "" },
    want: { protocol: "grpc", url: "http://localhost:4317", target: "http://localhost:4317" },
    python: { host: "http://localhost", port: "4317" },
  },
])("traces go where $of says", ({ tracing, env, want, python }) => {
  expect(chooseExporter(tracing, env)).toEqual(want);
  expect(collectorOfPython(tracing, env)).toEqual(python);
});

test("a flow without traces has no collector for Python", () => {
  expect(collectorOfPython(undefined, {})).toBeUndefined();
});
