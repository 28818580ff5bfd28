import { expect, test } from "vitest";
import { renderMetrics } from "../../../src/supervisor/metrics/render-metrics.ts";
import type { MetricFamily } from "../../../src/util/metrics/family.ts";
import { readMetrics, runPromtool } from "../../rig/prometheus-text.ts";

function counter(value: number, labels: Record<string, string> = {}): MetricFamily {
  return { name: "jflow_x_total", help: "X", type: "counter", samples: [{ labels, value }] };
}

test("families of one name become one, and the values of one series are added", async () => {
  const text = await renderMetrics([
    [counter(2, { a: "1" })],
    [counter(3, { a: "1" })],
    [counter(5)],
  ]);
  expect(readMetrics(text).get("jflow_x_total")).toEqual({
    type: "counter",
    help: "X",
    lines: [
      { name: "jflow_x_total", labels: { a: "1" }, value: 5 },
      { name: "jflow_x_total", labels: {}, value: 5 },
    ],
  });
});

test("the buckets of a histogram are cumulative and end with +Inf", async () => {
  const value = { bounds: [0.5, 1], counts: [2, 0, 1], sum: 3.5 };
  const text = await renderMetrics([
    [{ name: "s", help: "S", type: "histogram", samples: [{ labels: {}, value }] }],
  ]);
  expect(text.split("\n").filter((line) => line.startsWith("s_"))).toEqual([
    's_bucket{le="0.5"} 2',
    's_bucket{le="1"} 2',
    's_bucket{le="+Inf"} 3',
    "s_sum 3.5",
    "s_count 3",
  ]);
  readMetrics(text);
});

test("label values with quotes, backslashes and line breaks stay one value", async () => {
  const endpoint = '/a"b\\c\nd}';
  const text = await renderMetrics([[counter(1, { endpoint })]]);
  expect(readMetrics(text).get("jflow_x_total")?.lines[0]?.labels).toEqual({ endpoint });
  expect(runPromtool(text) ?? "").toBe("");
});
