import { expect, test } from "vitest";
import { findings, readGood } from "../reading.ts";

test.each([
  { keys: "", tracing: undefined },
  { keys: "tracing: false, traces_exporter_port: 1", tracing: undefined },
  { keys: "tracing: true", tracing: {} },
  {
    keys: "tracing: true, traces_exporter_host: http://localhost, traces_exporter_port: 9",
    tracing: { endpoint: "http://localhost:9" },
  },
  {
    keys: "tracing: true, traces_exporter_host: collector",
    tracing: { endpoint: "http://collector:4317" },
  },
  {
    keys: "tracing: true, traces_exporter_port: 5000",
    tracing: { endpoint: "http://localhost:5000" },
  },
  {
    keys: "tracing: true, traces_exporter_host: https://a.example/",
    tracing: { endpoint: "https://a.example:4317" },
  },
  {
    keys: 'tracing: true, traces_exporter_host: "::1"',
    tracing: { endpoint: "http://[::1]:4317" },
  },
])("traces of { $keys } go to $tracing", ({ keys, tracing }) => {
  for (const section of ["gateway", "with"])
    expect(readGood(`${section}: { ${keys} }\nexecutors: [{}]`).gateway.tracing).toEqual(tracing);
});

test("a port that is not one is refused with its place", () => {
  expect(findings("with: { tracing: true, traces_exporter_port: 70000 }\nexecutors: [{}]")).toEqual(
    [expect.stringMatching(/^1:\d+ error \[invalid-value\] with\.traces_exporter_port: /)],
  );
});
