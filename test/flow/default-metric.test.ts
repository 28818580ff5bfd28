import { expect, test } from "vitest";
import { withDefaultMetric } from "../../src/flow/flow.ts";
import { readGood } from "./reading.ts";

const ENCODER = "{ name: encoder, uses: TfidfEncoder }";
const INDEX = "{ name: index, uses: HNSWIndexer, uses_with: { dim: 512 } }";
const MIDDLE = "{ name: middle }";

/** Returns the metric of the last executor. */
function metricOf(executors: readonly string[], earlier: readonly string[] = []): unknown {
  const flow = readGood(`executors: [${executors.join(", ")}]`);
  return withDefaultMetric(flow, flow.deployments.at(-1)!, new Set(earlier))["metric"];
}

test("an index after a TfidfEncoder ranks texts by bm25", () => {
  expect(metricOf([ENCODER, INDEX])).toBe("bm25");
  expect(metricOf([ENCODER, MIDDLE, INDEX])).toBe("bm25");
  expect(metricOf([ENCODER.replace("}", ", uses_with: { sparse: true } }"), INDEX])).toBe("bm25");
  expect(metricOf([INDEX.replace("dim: 512 }", "dim: 512 }, uses_before: TfidfEncoder")])).toBe(
    "bm25",
  );
});

test.each([
  { name: "without an encoder", executors: [INDEX] },
  { name: "beside the encoder", executors: [ENCODER, INDEX.replace("}", "}, needs: gateway")] },
  {
    name: "after a table of frequencies",
    executors: [ENCODER.replace("}", ", uses_with: { idf: idf.json } }"), INDEX],
  },
  {
    name: "after a dense encoder on purpose",
    executors: [ENCODER.replace("}", ", uses_with: { sparse: false } }"), INDEX],
  },
  { name: "of Jina Hub", executors: [ENCODER, "{ name: i, uses: jinahub://ANNLiteIndexer }"] },
  { name: "that is another executor", executors: [ENCODER, MIDDLE] },
])("an index $name keeps its metric", ({ executors }) => {
  expect(metricOf(executors)).toBe(undefined);
});

test("a stated metric stays, and so do data of an earlier version", () => {
  expect(metricOf([ENCODER, INDEX.replace("dim: 512", "metric: ip")])).toBe("ip");
  expect(metricOf([ENCODER, INDEX], ["index"])).toBe(undefined);
});
