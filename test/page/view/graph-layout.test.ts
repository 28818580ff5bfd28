import { expect, test } from "vitest";
import { layOutGraph } from "../../../src/page/view/graph-layout.ts";

const placesOf = (graph: Readonly<Record<string, readonly string[]>>): unknown => {
  const nodes = Object.entries(graph).map(([name, needs]) => ({ name, needs }));
  const { places, columns, rows } = layOutGraph(nodes);
  const at = [...places].map(([name, { column, row }]) => [name, [column, row]] as const);
  return { ...Object.fromEntries(at), size: [columns, rows] };
};

test.for([
  { name: "no node", graph: {}, places: { size: [0, 0] } },
  {
    name: "a chain",
    graph: { gateway: [], a: ["gateway"], b: ["a"] },
    places: { gateway: [0, 0], a: [1, 0], b: [2, 0], size: [3, 1] },
  },
  {
    name: "two branches and their join",
    graph: { gateway: [], left: ["gateway"], right: ["gateway"], join: ["left", "right"] },
    places: { gateway: [0, 0], left: [1, 0], right: [1, 1], join: [2, 0], size: [3, 2] },
  },
  {
    name: "a short branch beside a long one",
    graph: { gateway: [], a: ["gateway"], b: ["a"], join: ["gateway", "b"] },
    places: { gateway: [0, 0], a: [1, 0], b: [2, 0], join: [3, 0], size: [4, 1] },
  },
  {
    name: "a need that is not shown",
    graph: { a: ["hidden"], b: ["a"] },
    places: { a: [0, 0], b: [1, 0], size: [2, 1] },
  },
  {
    name: "a circle",
    graph: { a: ["b"], b: ["a"] },
    places: { a: [1, 0], b: [0, 0], size: [2, 1] },
  },
])("$name is placed from left to right", ({ graph, places }) => {
  expect(placesOf(graph)).toEqual(places);
});
