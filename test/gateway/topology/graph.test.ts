import { describe, expect, test } from "vitest";
import { layOut, makeDeployment } from "../fixtures.ts";

describe("the graph of a flow", () => {
  test("parents come before children, in the order of needs", () => {
    const graph = layOut([
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
    const graph = layOut([
      makeDeployment("a"),
      makeDeployment("hanging", { needs: ["a"] }),
      makeDeployment("b", { needs: ["a"] }),
      makeDeployment("log", { needs: ["a"], floating: true }),
    ]);
    expect(graph.end?.deployment.name).toBe("b");
    const leading = graph.nodes.filter(({ isSide }) => !isSide);
    expect(leading.map((node) => node.deployment.name)).toEqual(["a", "b"]);
  });

  test("routes are listed depth first", () => {
    const graph = layOut([
      makeDeployment("start"),
      makeDeployment("left", { needs: ["start"] }),
      makeDeployment("right", { needs: ["start"] }),
      makeDeployment("end", { needs: ["left", "right"] }),
    ]);
    expect(graph.routeOrder).toEqual(["start", "left", "end", "right"]);
  });

  test("a flow without deployments has no end", () => {
    expect(layOut([]).end).toBe(undefined);
  });
});
