import { expect, test } from "vitest";
import { findFlowFile, flowFileAt } from "../../../src/cli/flows/find-flow-file.ts";

test.each([
  {
    name: "this folder before a folder above",
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
  { name: "a folder above", files: ["/a/flow.yml"], cwd: "/a/b/c", want: "/a/flow.yml" },
  {
    name: "not above the root of the repository",
    files: ["/a/flow.yml", "/a/b/.git"],
    cwd: "/a/b/c",
    want: undefined,
  },
  {
    name: "the root of the repository",
    files: ["/a/b/flow.yml", "/a/b/.git"],
    cwd: "/a/b/c",
    want: "/a/b/flow.yml",
  },
  { name: "no flow file", files: [], cwd: "/a/b", want: undefined },
])("findFlowFile finds $name", ({ files, cwd, want }) => {
  expect(findFlowFile(cwd, (path) => files.includes(path))).toBe(want);
});

test("flowFileAt returns the flow file of a folder, and any other path as it is", () => {
  const exists = (path: string): boolean => path === "/a/flow.yaml";
  expect(flowFileAt("/a", exists)).toBe("/a/flow.yaml");
  expect(flowFileAt("/a/other.yml", exists)).toBe("/a/other.yml");
});
