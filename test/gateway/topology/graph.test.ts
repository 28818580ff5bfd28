import { describe, expect, test } from "vitest";
import { isBound, layOutGraph } from "../../../src/gateway/topology/graph.ts";
import { makeDeployment } from "../fixtures.ts";

describe("layOutGraph", () => {
  test("parents come before children, in the order of needs", () => {
    const graph = layOutGraph([
      makeDeployment("end", { needs: ["right", "left"] }),
      makeDeployment("left", { needs: ["start"] }),
      makeDeployment("right", { needs: ["start"] }),
      makeDeployment("start"),
    ]);
    const names = graph.nodes.map((node) => node.deployment.name);
    expect(names.indexOf("start")).toBe(0);
    expect(names.indexOf("end")).toBe(3);
    const end = graph.nodes.at(-1)!;
    expect(end.parents.map((parent) => parent.deployment.name)).toEqual(["right", "left"]);
  });

  test("the end is the last deployment that is not floating; what does not lead to it is a side branch", () => {
    const graph = layOutGraph([
      makeDeployment("a"),
      makeDeployment("hanging", { needs: ["a"] }),
      makeDeployment("b", { needs: ["a"] }),
      makeDeployment("log", { needs: ["a"], floating: true }),
    ]);
    expect(graph.end?.deployment.name).toBe("b");
    expect([...graph.leadingToEnd].map((node) => node.deployment.name)).toEqual(["b", "a"]);
  });

  test("routes are listed depth first", () => {
    const graph = layOutGraph([
      makeDeployment("start"),
      makeDeployment("left", { needs: ["start"] }),
      makeDeployment("right", { needs: ["start"] }),
      makeDeployment("end", { needs: ["left", "right"] }),
    ]);
    expect(graph.routeOrder).toEqual(["start", "left", "end", "right"]);
  });

  test("a flow without deployments has no end", () => {
    expect(layOutGraph([]).end).toBe(undefined);
  });
});

test.each([
  [["/index"], "/index", true],
  [["/index"], "/search", false],
  [["/index", "/default"], "/search", true],
  [undefined, "/search", true],
])("with endpoints %j, %s is bound: %s", (endpoints, endpoint, expected) => {
  expect(isBound(makeDeployment("a", endpoints ? { endpoints } : {}), endpoint)).toBe(expected);
});
