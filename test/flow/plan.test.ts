import { describe, expect, test } from "vitest";
import { planReplicas } from "../../src/flow/flow.ts";
import { parseAddress } from "../../src/model/address.ts";
import { findings, readGood } from "./reading.ts";

function addresses(text: string): readonly string[] {
  return planReplicas(readGood(text, { files: ["/p/merge.ts"] })).replicas.map(
    ({ address, part }) => `${part} ${address}`,
  );
}

describe("the plan contains every process of a flow", () => {
  test.each([
    {
      name: "a flow without executors has a gateway",
      text: "executors: []",
      want: ["gateway gateway/0/0"],
    },
    {
      name: "one worker per replica of every shard, the gateway last",
      text: "executors: [{ name: a }, { name: b, shards: 2, replicas: 2 }]",
      want: [
        "worker a/0/0",
        "worker b/0/0",
        "worker b/0/1",
        "worker b/1/0",
        "worker b/1/1",
        "gateway gateway/0/0",
      ],
    },
    {
      name: "a uses_after of the user is a process",
      text: "executors: [{ name: a, shards: 2, uses_after: ./merge.ts }]",
      want: ["worker a/0/0", "worker a/1/0", "uses_after a_uses_after/0/0", "gateway gateway/0/0"],
    },
    {
      name: "a uses_after of one shard is not a process",
      text: "executors: [{ name: a, replicas: 2, uses_after: ./merge.ts }]",
      want: ["worker a/0/0", "worker a/0/1", "gateway gateway/0/0"],
    },
    {
      name: "a merger is part of the gateway",
      text: "executors: [{ name: a, shards: 2, uses_after: MatchMerger }]",
      want: ["worker a/0/0", "worker a/1/0", "gateway gateway/0/0"],
    },
  ])("$name", ({ text, want }) => {
    expect(addresses(text)).toEqual(want);
  });

  test("workers receive the ports of the file in the order of shards and replicas, helpers receive none", () => {
    const text = `executors:
  - { name: lone, port: 1 }
  - { name: many, shards: 2, replicas: 2, port: [11, 12, 13, 14], uses_after: ./merge.ts }
  - { name: free, replicas: 2 }
`;
    const { replicas } = planReplicas(readGood(text, { files: ["/p/merge.ts"] }));
    expect(
      replicas.filter(({ port }) => port !== undefined).map(({ address, port }) => [address, port]),
    ).toEqual([
      ["lone/0/0", 1],
      ["many/0/0", 11],
      ["many/0/1", 12],
      ["many/1/0", 13],
      ["many/1/1", 14],
    ]);
  });

  test("ports that do not match the number of processes are not used, with a warning", () => {
    const text = "executors: [{ name: a, shards: 2, replicas: 2, port: [1, 2] }, { port: [3, 4] }]";
    expect(findings(text)).toEqual([
      '1:48 warning [no-effect] "port" of executor "a" has no effect: the executor has 4 processes, and the key lists 2 ports',
      '1:66 warning [no-effect] "port" of executor "executor1" has no effect: the executor has 1 process, and the key lists 2 ports',
    ]);
    expect(planReplicas(readGood(text)).replicas.filter(({ port }) => port !== undefined)).toEqual(
      [],
    );
  });

  test("every planned address is valid and unique", () => {
    const { replicas } = planReplicas(
      readGood("executors: [{ name: a, shards: 3, replicas: 3, uses_after: ./merge.ts }, {}]", {
        files: ["/p/merge.ts"],
      }),
    );
    for (const { address, shard, replica } of replicas)
      expect(parseAddress(address)).toMatchObject({ shard, replica });
    expect(new Set(replicas.map(({ address }) => address)).size).toBe(replicas.length);
  });

  test("each process has its executor", () => {
    const { replicas } = planReplicas(
      readGood("executors: [{ name: a, uses: HNSWIndexer, shards: 2, uses_after: ./merge.ts#M }]", {
        files: ["/p/merge.ts"],
      }),
    );
    expect(replicas.map(({ deployment, uses }) => [deployment, uses])).toEqual([
      ["a", { kind: "builtin", name: "HNSWIndexer" }],
      ["a", { kind: "builtin", name: "HNSWIndexer" }],
      ["a", { kind: "file", path: "/p/merge.ts", exportName: "M" }],
      ["gateway", undefined],
    ]);
  });
});
