import { expect, test } from "vitest";
import { findFlowFile, flowFileAt } from "../../../src/cli/flows/find-flow-file.ts";

test.each([
  {
    name: "here before above",
    files: ["/a/flow.yml", "/a/b/jflow.yml"],
    cwd: "/a/b",
    want: "/a/b/jflow.yml",
  },
  {
    name: "flow.yml before flow.yaml",
    files: ["/a/flow.yaml", "/a/flow.yml"],
    cwd: "/a",
    want: "/a/flow.yml",
  },
  { name: "upwards", files: ["/a/flow.yml"], cwd: "/a/b/c", want: "/a/flow.yml" },
  {
    name: "not above the root of the checkout",
    files: ["/a/flow.yml", "/a/b/.git"],
    cwd: "/a/b/c",
    want: undefined,
  },
  {
    name: "in the root of the checkout",
    files: ["/a/b/flow.yml", "/a/b/.git"],
    cwd: "/a/b/c",
    want: "/a/b/flow.yml",
  },
  { name: "nothing anywhere", files: [], cwd: "/a/b", want: undefined },
])("the flow file is looked for: $name", ({ files, cwd, want }) => {
  expect(findFlowFile(cwd, (path) => files.includes(path))).toBe(want);
});

test("a folder means the flow file in it, any other path itself", () => {
  const exists = (path: string): boolean => path === "/a/flow.yaml";
  expect(flowFileAt("/a", exists)).toBe("/a/flow.yaml");
  expect(flowFileAt("/a/other.yml", exists)).toBe("/a/other.yml");
});
