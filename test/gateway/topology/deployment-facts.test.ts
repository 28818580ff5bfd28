import { expect, test } from "vitest";
import { DeploymentFacts } from "../../../src/gateway/topology/deployment-facts.ts";
import type { TopologyDeployment } from "../../../src/model/topology.ts";
import { makeDeployment } from "../fixtures.ts";

const factsOf = (changes: Partial<TopologyDeployment>): DeploymentFacts =>
  new DeploymentFacts(makeDeployment("a", changes));

test.each([
  [["/index"], "/index", true],
  [["/index"], "/search", false],
  [["/index", "/default"], "/search", true],
  [undefined, "/search", true],
])("with endpoints %j, %s is bound: %s", (endpoints, endpoint, expected) => {
  expect(factsOf(endpoints ? { endpoints } : {}).endpoint(endpoint).isBound).toBe(expected);
});

test.each([
  [["/index"], ["/index"], "/index", true],
  [["/index", "/search"], ["/index"], "/search", false],
  [["/search", "/default"], ["/default"], "/search", false],
  [["/search", "/default"], ["/default"], "/index", true],
  [undefined, ["/index"], "/index", true],
  [undefined, ["/index"], "/search", false],
])("with endpoints %j and writes %j, %s writes: %s", (endpoints, writes, endpoint, expected) => {
  const facts = factsOf({ writes, ...(endpoints ? { endpoints } : {}) });
  expect(facts.endpoint(endpoint).isWrite).toBe(expected);
});

test("only a stateful deployment replicates its writes", () => {
  const writes = ["/index"];
  expect(factsOf({ writes }).endpoint("/index").isReplicated).toBe(false);
  expect(factsOf({ writes, stateful: true }).endpoint("/index").isReplicated).toBe(true);
  expect(factsOf({ writes, stateful: true }).endpoint("/search").isReplicated).toBe(false);
});

test("an endpoint's own polling comes before that of all endpoints", () => {
  const facts = factsOf({ polling: { "/index": "HASH", "*": "ALL" } });
  expect(facts.endpoint("/index").polling).toBe("HASH");
  expect(facts.endpoint("/search").polling).toBe("ALL");
  expect(facts.endpoint("constructor").polling).toBe("ALL");
});

test("an endpoint without a schema of its own has that of /default", () => {
  const own = { input: {}, output: { title: "own" } };
  const other = { input: {}, output: { title: "other" } };
  const facts = factsOf({ schemas: { "/index": own, "/default": other } });
  expect(facts.endpoint("/index").schema).toBe(own);
  expect(facts.endpoint("/search").schema).toBe(other);
  expect(factsOf({ schemas: { "/index": own } }).endpoint("/search").schema).toBe(undefined);
});

test("shards are named by their number where there are several", () => {
  expect(factsOf({}).shardNames).toEqual(["a"]);
  expect(factsOf({ shards: 2 }).shardNames).toEqual(["a/0", "a/1"]);
});
