import { expect, test } from "vitest";
import { compareFlows } from "../../src/flow/flow.ts";
import { readGood } from "./reading.ts";

const BASE = `gateway: { port: 8080 }
executors:
  - { name: a, uses: ./a.ts, replicas: 2, env: { X: 1, Y: 2 } }
  - { name: b }
`;
const files = ["/p/a.ts"];
const compare = (text: string, before: string = BASE): unknown =>
  compareFlows(readGood(before, { files }), readGood(text, { files }));

test.each([
  { change: "a comment", text: `# more\n${BASE}` },
  { change: "the order of env", text: BASE.replace("X: 1, Y: 2", "Y: 2, X: 1") },
  {
    change: "the order of keys",
    text: BASE.replace("name: a, uses: ./a.ts", "uses: ./a.ts, name: a"),
  },
  { change: "a key with its default", text: BASE.replace("name: b", "name: b, replicas: 1") },
])("$change makes no difference", ({ text }) => {
  expect(compare(text)).toEqual([]);
});

test("a changed value is named by its part and its key", () => {
  const text = BASE.replace("8080", "8081").replace("replicas: 2, env: { X: 1", "env: { X: 3");
  expect(compare(text)).toEqual([
    { part: "gateway", kind: "changed", keys: ["port"] },
    { part: "a", kind: "changed", keys: ["replicas", "env"] },
  ]);
});

test("the env of the flow is the env of its executors", () => {
  const text = `env: { Z: 1 }\n${BASE}`;
  expect(compare(text)).toEqual([
    { part: "gateway", kind: "changed", keys: ["env"] },
    { part: "a", kind: "changed", keys: ["env"] },
    { part: "b", kind: "changed", keys: ["env"] },
  ]);
});

test("executors that are new or gone are named", () => {
  expect(compare(BASE.replace("name: b", "name: c"))).toEqual([
    { part: "b", kind: "removed", keys: [] },
    { part: "c", kind: "added", keys: [] },
  ]);
});

test("a variable with another value is a change", () => {
  const text = 'executors: [{ name: a, uses: ./a.ts, uses_with: { dim: "${DIM}" } }]\n';
  const read = (DIM: string): ReturnType<typeof readGood> =>
    readGood(text, { files, variables: { DIM } });
  expect(compareFlows(read("2"), read("3"))).toEqual([
    { part: "a", kind: "changed", keys: ["uses_with"] },
  ]);
});
