import { describe, expect, test } from "vitest";
import type { ReplicaSpec } from "../../../src/model/replica.ts";
import { explainMissing, findExecutorClass, makeCommandLine } from "../../../src/worker/python/command-line.ts";

const SPEC: ReplicaSpec = {
  kind: "worker",
  mode: "run",
  flow: "f",
  address: "e/1/0",
  deployment: "e",
  shard: 1,
  shards: 2,
  replica: 0,
  replicas: 3,
  processId: "p",
  module: { path: "/x.yml" },
  uses: "x.yml",
  usesWith: { model: "a b", size: 3 },
  workspace: "/w/e/1/0",
  durability: "request",
  host: "127.0.0.1",
  controlSocket: "",
  maxMessageBytes: 1,
  exitOnExceptions: [],
};

test("a replica is started as jina executor with its place, its options as JSON and its modules", () => {
  const python = { modules: ["/a.py", "/b.py"] };
  expect(makeCommandLine(SPEC, { python, uses: "Up", port: 5 }).join(" ")).toBe(
    "-m jina executor --native --uses Up --py-modules /a.py /b.py --name e/shard-1/rep-0 --host 127.0.0.1 --port 5 --workspace /w/e/1/0 " +
      '--shard-id 1 --replica-id 0 --shards 2 --replicas 3 --uses-with {"model":"a b","size":3} --grpc-server-options {"grpc.so_reuseport":0}',
  );
});

describe("the Executor of a file", () => {
  test.each([
    "class A(Executor):\n  pass",
    "import jina\n\nclass A(jina.Executor):",
    "class B:\nclass A( Executor, B):",
  ])("%j is A", (text) => {
    expect(findExecutorClass(text, "/x.py")).toBe("A");
  });

  test.each([
    { text: "class A:\n", want: "/x.py has no class that is an Executor; write uses: /x.py#Name" },
    {
      text: "class A(Executor):\nclass B(Executor):\n",
      want: "/x.py has 2 Executors: A, B; write uses: /x.py#Name",
    },
  ])("$text is asked for by name", ({ text, want }) => {
    expect(() => findExecutorClass(text, "/x.py")).toThrow(want);
  });
});

describe("what is missing", () => {
  test("jina is named with the command that brings it", () => {
    expect(explainMissing("python3", ["/usr/bin/python3: No module named jina"])).toBe(
      "python3 has no jina: run python3 -m pip install jina==3.27.0 docarray==0.21.1, or set JFLOW_PYTHON to a Python that has them",
    );
  });

  test("a module of the user's is not it", () => {
    expect(explainMissing("python3", ["ModuleNotFoundError: No module named 'torch'"])).toBe(undefined);
  });
});
