import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import type { ReplicaSpec } from "../../../src/model/replica.ts";
import { findExecutorClass, makeCommandLine } from "../../../src/worker/python/command-line.ts";

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
  usesWith: {},
  workspace: "/w/e/1/0",
  durability: "request",
  host: "127.0.0.1",
  controlSocket: "",
  maxMessageBytes: 1,
  exitOnExceptions: [],
};

test("a replica starts as jina executor with its address, its options as JSON and its modules", () => {
  const python = { modules: ["/a.py", "/b.py"], options: '{"model":"a b","size":3.0}' };
  const [unbuffered, program, ...rest] = makeCommandLine(SPEC, { python, uses: "Up", port: 5 });
  expect([unbuffered, basename(program!)]).toEqual(["-u", "start-executor.py"]);
  expect(rest.join(" ")).toBe(
    "executor --native --uses Up --py-modules /a.py /b.py --name e/shard-1/rep-0 --host 127.0.0.1 --port 5 --workspace /w/e/1/0 " +
      '--shard-id 1 --replica-id 0 --shards 2 --replicas 3 --uses-with {"model":"a b","size":3.0} --grpc-server-options {"grpc.so_reuseport":0}',
  );
});

test("options that only Jina understands are passed on", () => {
  const python = {
    modules: [],
    dynamicBatching: { "/a": { timeout: 5 } },
    allowConcurrent: true,
    outputArrayType: "list",
  } as const;
  const line = makeCommandLine(SPEC, { python, uses: "x.yml", port: 5 }).join(" ");
  expect(line).toContain(
    '--uses-dynamic-batching {"/a":{"timeout":5}} --allow-concurrent --output-array-type list ',
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
