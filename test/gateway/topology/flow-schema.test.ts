import { describe, expect, test } from "vitest";
import { TopologyFacts } from "../../../src/gateway/topology/topology-facts.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import type { EndpointSchema } from "../../../src/document/v2/endpoint-schema.ts";
import { makeDeployment, makeTopology } from "../fixtures.ts";

const factsOf = (
  deployments: readonly TopologyDeployment[],
  helpers: readonly TopologyDeployment[] = [],
): TopologyFacts => new TopologyFacts(makeTopology(deployments, { helpers }));

const schema = (name: string): EndpointSchema => ({
  input: { title: `${name} in` },
  output: { title: `${name} out` },
});

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
const side = makeDeployment("side", {
  floating: true,
  endpoints: ["/side"],
  schemas: { "/side": schema("side") },
});
const deployments = [encode, rank, old, side];

describe("documents go in as the first executor takes them and come out as the last gives them", () => {
  test.each([
    ["/both", "", "encode in", "rank out"],
    ["/index", "", "encode in", "default out"],
    ["/other", "", "default in", "default out"],
    ["/both", "rank", "rank in", "rank out"],
    ["/both", "nobody", "encode in", "rank out"],
  ])("%s, target %j", (endpoint, targetExecutor, input, output) => {
    const found = factsOf([encode, rank, side]).findSchema({ endpoint, targetExecutor });
    expect(found).toEqual({ input: { title: input }, output: { title: output } });
  });
});

test("executors without a schema read both formats: the others decide", () => {
  const ours = makeDeployment("ours", { endpoints: ["/both"] });
  const index = makeDeployment("index", { endpoints: ["/both"], needs: ["rank"] });
  const facts = factsOf([ours, { ...encode, needs: ["ours"] }, rank, index]);
  expect(facts.findSchema({ endpoint: "/both", targetExecutor: "" })).toEqual({
    input: { title: "encode in" },
    output: { title: "rank out" },
  });
});

test("uses_before sees the documents first", () => {
  const helper = makeDeployment("encode_uses_before", { schemas: { "/both": schema("before") } });
  const facts = factsOf([{ ...encode, before: helper.name }], [helper]);
  expect(facts.findSchema({ endpoint: "/both", targetExecutor: "" })).toEqual({
    input: { title: "before in" },
    output: { title: "encode out" },
  });
});

describe("there is no schema", () => {
  test.each([
    ["where the executors that bind the endpoint report none", [encode, old], "/old"],
    ["where no executor binds the endpoint", [encode], "/nobody"],
    ["in a flow without executors", [], "/both"],
    ["for a side branch", deployments, "/side/x"],
  ])("%s", (_, flow, endpoint) => {
    const facts = factsOf(flow.filter(({ name }) => name !== "rank"));
    expect(facts.findSchema({ endpoint, targetExecutor: "" })).toBeUndefined();
  });
});

test("a flow uses docarray v2 where one of its executors reports a schema", () => {
  expect(factsOf(deployments).usesV2).toBe(true);
  expect(factsOf([{ ...old, needs: ["gateway"] }]).usesV2).toBe(false);
});

test("an invalid target_executor is refused", () => {
  const query = { endpoint: "/both", targetExecutor: "(" };
  expect(() => factsOf(deployments).findSchema(query)).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }) as Error,
  );
});
