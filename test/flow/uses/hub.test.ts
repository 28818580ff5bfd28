import { describe, expect, test } from "vitest";
import { findings, readGood } from "../reading.ts";

function resolve(executor: string): object {
  const [deployment] = readGood(`executors:\n  - ${executor}\n`).deployments;
  const { uses, usesWith } = deployment!;
  return { uses: uses.kind === "builtin" ? uses.name : uses, usesWith };
}

test.each([
  "jinahub://ANNLiteIndexer",
  "jinahub+docker://AnnLiteIndexer/v0.1",
  "jinaai://jina-ai/ANNLiteIndexer:latest",
])("%s becomes HNSWIndexer with a warning", (uses) => {
  expect(resolve(`uses: ${uses}`)).toEqual({ uses: "HNSWIndexer", usesWith: {} });
  expect(findings(`executors:\n  - uses: ${uses}\n`)).toEqual([
    "2:11 warning [uses] uses: the built-in HNSWIndexer replaces ANNLiteIndexer of Jina Hub, which no longer exists",
  ]);
});

describe("uses_with", () => {
  test.each([
    {
      name: "ANNLiteIndexer",
      stated:
        "{ n_dim: 8, metric: euclidean, limit: 5, ef_construction: 9, ef_query: 7, max_connection: 4, columns: [], index_access_paths: '@r' }",
      want: { dim: 8, metric: "euclidean", limit: 5, ef_construction: 9, ef: 7, M: 4 },
    },
    { name: "ANNLiteIndexer", stated: "{ nonsense: 1 }", want: { nonsense: 1 } },
    {
      name: "PQLiteIndexer",
      stated: "{ dim: 130107, metric: cosine }",
      want: { dim: 130107, metric: "cosine" },
    },
    { name: "SimpleIndexer", stated: "{}", want: { limit: 20 } },
    {
      name: "SimpleIndexer",
      stated:
        "{ match_args: { limit: 3, metric: inner_product, traversal_rdarray: [r] }, table_name: t }",
      want: { limit: 3, metric: "ip" },
    },
    // The built-in indexes no chunks. The option stays, and the built-in refuses it.
    {
      name: "ANNLiteIndexer",
      stated: "{ ef_search: 7, index_access_paths: '@c' }",
      want: { ef: 7, index_access_paths: "@c" },
    },
  ])("of $name, $stated, is $want", ({ name, stated, want }) => {
    expect(resolve(`{ uses: "jinahub://${name}", uses_with: ${stated} }`)).toEqual({
      uses: "HNSWIndexer",
      usesWith: want,
    });
  });
});

test("MatchMerger of Jina Hub becomes the gateway's merger", () => {
  const flow = readGood("executors:\n  - { shards: 2, uses_after: jinahub://MatchMerger/v0.3 }\n");
  expect(flow.deployments[0]?.usesAfter).toEqual({ kind: "builtin", name: "MatchMerger" });
});

test("an unknown name of Jina Hub is refused with a hint", () => {
  expect(findings("executors:\n  - uses: jinahub+docker://CLIPEncoder/latest\n")).toEqual([
    '2:11 error [uses] uses: "jinahub+docker://CLIPEncoder/latest": Jina Hub no longer exists, and jflow does not download executors | ' +
      'use a file, a package or a built-in, or run the executor yourself and set "external: true", "host" and "port"; built-ins replace ANNLiteIndexer, PQLiteIndexer, SimpleIndexer, MatchMerger',
  ]);
});
