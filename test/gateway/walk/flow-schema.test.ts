import { describe, expect, test } from "vitest";
import { layOutGraph } from "../../../src/gateway/walk/graph.ts";
import { findFlowSchema, speaksDocarrayTwo } from "../../../src/gateway/walk/flow-schema.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import type { EndpointSchema } from "../../../src/model/docarray-two/endpoint-schema.ts";
import { makeDeployment, makeReplica } from "../fixtures.ts";

const schema = (name: string): EndpointSchema => ({ input: { title: `${name} in` }, output: { title: `${name} out` } });

const encode = makeDeployment("encode", {
  endpoints: ["/index", "/both"],
  schemas: { "/index": schema("encode"), "/both": schema("encode") },
});
const rank = makeDeployment("rank", {
  needs: ["encode"],
  endpoints: ["/both", "/default"],
  schemas: { "/both": schema("rank"), "/default": schema("default") },
});
const old = makeDeployment("old", { needs: ["rank"], endpoints: ["/old"] });
const side = makeDeployment("side", { floating: true, endpoints: ["/side"], schemas: { "/side": schema("side") } });
const deployments = [encode, rank, old, side];

describe("documents go in as the first executor takes them and come out as the last gives them", () => {
  test.each([
    ["/both", "", "encode in", "rank out"],
    ["/index", "", "encode in", "default out"],
    ["/other", "", "default in", "default out"],
    ["/both", "rank", "rank in", "rank out"],
    ["/both", "nobody", "encode in", "rank out"],
  ])("%s, target %j", (endpoint, targetExecutor, input, output) => {
    const found = findFlowSchema(layOutGraph([encode, rank, side]), () => undefined, { endpoint, targetExecutor });
    expect(found).toEqual({ input: { title: input }, output: { title: output } });
  });
});

test("uses_before sees the documents first", () => {
  const helper = makeDeployment("encode_uses_before", { schemas: { "/both": schema("before") } });
  const graph = layOutGraph([{ ...encode, before: helper.name }]);
  const query = { endpoint: "/both", targetExecutor: "" };
  expect(findFlowSchema(graph, (name) => (name === helper.name ? helper : undefined), query)).toEqual({
    input: { title: "before in" },
    output: { title: "encode out" },
  });
});

const stock = { replicas: [makeReplica("old", "127.0.0.1:1", { wire: "jina" })] };
const first = (changes: object): TopologyDeployment[] => [
  makeDeployment("old", { endpoints: ["/both"], ...changes }),
  { ...encode, needs: ["old"] },
];

describe("there is no schema", () => {
  test.each([
    ["where the first stock executor reads docarray 1", first(stock), "/both"],
    ["where nobody binds the endpoint", [encode], "/nobody"],
    ["in a flow without executors", [], "/both"],
    ["for a side branch", [encode, old, side], "/side/x"],
  ])("%s", (_, flow, endpoint) => {
    expect(findFlowSchema(layOutGraph(flow), () => undefined, { endpoint, targetExecutor: "" })).toBeUndefined();
  });
});

test("executors of ours read both forms: those behind them tell", () => {
  const found = findFlowSchema(layOutGraph(first({})), () => undefined, { endpoint: "/both", targetExecutor: "" });
  expect(found).toEqual({ input: { title: "encode in" }, output: { title: "encode out" } });
});

test("a flow speaks docarray 2 where one of its executors tells a schema", () => {
  expect(speaksDocarrayTwo(layOutGraph(deployments))).toBe(true);
  expect(speaksDocarrayTwo(layOutGraph([{ ...old, needs: ["gateway"] }]))).toBe(false);
});

test("a target_executor that is no pattern is refused", () => {
  const query = { endpoint: "/both", targetExecutor: "(" };
  expect(() => findFlowSchema(layOutGraph(deployments), () => undefined, query)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error,
  );
});
