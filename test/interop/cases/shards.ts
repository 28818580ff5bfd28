import type { Case, Scenario } from "../case.ts";
import { by, makeDocs, makePost, postCase, type Client, type Doc, type Posted } from "./asking.ts";

/** Asks one deployment of a flow of independent deployments. */
function at(deployment: string, client: Client = "grpc stream", parameters: Doc = {}): Doc {
  return { ...by(client, { target_executor: `${deployment}$` }), parameters };
}

const countDocs = ({ responses }: Posted): readonly number[] =>
  responses.map(({ docs }) => docs.length);

/** Counts the documents of the answer: each shard that is asked adds one. */
function pollingCase(deployment: string, endpoint: string, expected: number): Case {
  const job = makePost(endpoint, makeDocs(1), at(deployment));
  return {
    name: `polling ${deployment} ${endpoint}: ${expected} documents`,
    ask: async (side) => countDocs((await side.ask(job)) as Posted),
    expect: ([count]: readonly number[]) => count === expected,
  };
}

export const POLLING_SCENARIO: Scenario = {
  name: "polling",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: any, uses: @Twin, shards: 2, polling: any}
  - {name: all, uses: @Twin, shards: 2, polling: ALL}
  - {name: map_any, uses: @Twin, shards: 2, polling: {/custom: ALL, /search: ANY, '*': ANY}}
  - {name: map_all, uses: @Twin, shards: 2, polling: '{"/custom": "ALL", "/search": "ANY", "*": "ALL"}'}
`,
  cases: [
    pollingCase("any", "/index", 2),
    pollingCase("any", "/search", 3),
    pollingCase("any", "/custom", 2),
    pollingCase("all", "/index", 2),
    pollingCase("all", "/search", 3),
    pollingCase("all", "/custom", 3),
    pollingCase("map_any", "/index", 2),
    pollingCase("map_any", "/search", 2),
    pollingCase("map_any", "/custom", 3),
    pollingCase("map_all", "/index", 2),
    pollingCase("map_all", "/search", 2),
    pollingCase("map_all", "/custom", 3),
  ],
};

const THREE = 3;

const isReduced = ({ responses }: Posted): boolean =>
  responses[0]?.docs[0]?.matches?.length === THREE * 5;

export const REDUCE_SCENARIO: Scenario = {
  name: "reduce",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: plain, uses: @Twin, shards: 3, polling: ALL, uses_with: {mark: p}}
  - {name: after, uses: @Twin, shards: 3, polling: ALL, uses_after: @Around}
  - {name: before, uses: @Twin, shards: 3, polling: ALL, uses_before: @Around, uses_with: {mark: b}}
  - {name: loose, uses: @Twin, shards: 3, polling: ALL, disable_reduce: true}
`,
  cases: [
    ...(["grpc stream", "grpc unary", "http", "websocket"] as const).map((client) =>
      postCase(
        `${client}: 3 shards x 5 matches, text of shard 0, tags of shard 1`,
        makePost("/match", makeDocs(2), at("plain", client)),
        {
          expect: isReduced,
          deliberate: { reason: "http-skipped-node", expect: isReduced },
        },
      ),
    ),
    postCase(
      "matches with the same id from several shards",
      makePost("/overlap", makeDocs(1), at("plain")),
      {
        expect: ({ responses }: Posted) => responses[0]?.docs[0]?.matches?.length === 5,
      },
    ),
    postCase("unchanged documents", makePost("/echo", makeDocs(3), at("plain"))),
    postCase("documents that each shard adds", makePost("/search", makeDocs(1), at("plain"))),
    postCase("documents that each shard replaces", makePost("/replace", makeDocs(2), at("plain"))),
    postCase("no documents from any shard", makePost("/none", makeDocs(2), at("plain"))),
    postCase(
      "__results__ of all shards",
      makePost("/results", makeDocs(1), at("plain", "grpc stream", { k: 1 })),
    ),
    postCase("an endpoint that is not bound", makePost("/nobody", makeDocs(1), at("plain"))),
    postCase(
      "one shard of three fails",
      makePost("/fail-shard", makeDocs(1), at("plain", "grpc stream", { shards: [1] })),
      {
        deliberate: {
          reason: "failed-shard",
          expect: ({ responses }: Posted) =>
            responses[0]?.docs[0]?.matches?.length === 2 &&
            JSON.stringify(responses[0].parameters).includes("_shards"),
        },
      },
    ),
    postCase(
      "every shard fails",
      makePost("/fail-shard", makeDocs(1), {
        ...at("plain", "grpc stream", { shards: [0, 1, 2] }),
        ...by("grpc stream", { continue_on_error: true, target_executor: "plain" }),
      }),
      {
        deliberate: {
          reason: "failed-shard",
          expect: ({ responses }: Posted) => responses[0]?.status.code === 1,
        },
      },
    ),
    postCase("uses_after answers for the shards", makePost("/match", makeDocs(2), at("after")), {
      expect: ({ responses }: Posted) => responses[0]?.docs[0]?.["text"] === "2 2 2",
    }),
    postCase(
      "uses_after that does not bind the endpoint",
      makePost("/search", makeDocs(1), at("after")),
      {
        deliberate: {
          reason: "uses-after-unbound",
          expect: ({ responses }: Posted) => responses[0]?.docs.length === 4,
        },
      },
    ),
    postCase(
      "uses_before changes the requests of the shards",
      makePost("/mark", makeDocs(1), at("before")),
      {
        expect: ({ responses }: Posted) => responses[0]?.docs[0]?.["text"] === "text 0|before|b",
      },
    ),
    postCase("only uses_before binds the endpoint", makePost("/before", makeDocs(1), at("before"))),
    postCase(
      "uses_before that does not bind the endpoint",
      makePost("/match", makeDocs(1), at("before")),
    ),
    postCase(
      "disable_reduce concatenates the documents of the shards",
      makePost("/search", makeDocs(1), at("loose")),
      {
        deliberate: {
          reason: "disable-reduce",
          expect: ({ responses }: Posted) => responses[0]?.docs.length === 2 * THREE,
        },
      },
    ),
  ],
};
