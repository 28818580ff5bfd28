import type { Case, Prepared, Scenario } from "../../case.ts";
import { startJflow } from "../../side.ts";
import type { Stock } from "../../stock.ts";
import { by, makeDocs, makePost, postCase, type Client, type Doc, type Posted } from "../asking.ts";

/** The two clients that differ most: one passes bytes on, the other needs the worker's schema. */
const REACHED_BY: readonly Client[] = ["grpc stream", "http"];
const CARRIED: readonly Doc[] = [
  {
    id: "whole",
    text: "t",
    tags: { k: 1, half: 0.5, deep: { x: [true, "y"] } },
    embedding: { dtype: "<f8", values: [0.5, 1] },
    scores: { cosine: 0.5 },
    matches: [{ id: "m", text: "match", scores: { cosine: 1 } }],
    chunks: [{ id: "c", tags: { k: "v" } }],
  },
  { id: "bare" },
];

function casesOf(client: Client): readonly Case[] {
  const ask = (
    name: string,
    endpoint: string,
    docs: readonly Doc[] | undefined,
    more: Doc = {},
  ): Case =>
    postCase(
      `${client}: ${name}`,
      makePost(endpoint, docs, { ...by(client), type: "LegacyDocument", ...more }),
    );
  return [
    ask("changes documents", "/mark", makeDocs(3)),
    ask("documents come back as they were", "/echo", CARRIED),
    ask("what is not changed stays", "/mark", CARRIED),
    ask("matches", "/match", makeDocs(2)),
    ask("new documents", "/replace", makeDocs(2)),
    ask("no documents", "/none", makeDocs(2)),
    ask("parameters and __results__", "/results", makeDocs(2), {
      parameters: { a: 1, b: { c: [true] } },
    }),
    ask("requests of 4", "/mark", makeDocs(10), by(client, { request_size: 4 })),
    postCase(
      `${client}: throws`,
      makePost("/fail", [{ id: "a", text: "fail" }], {
        ...by(client, { continue_on_error: true }),
        type: "LegacyDocument",
      }),
      {
        expect: ({ raised, message = "", responses }: Posted) =>
          raised === undefined ? responses[0]?.status.code === 1 : message.includes("told to fail"),
      },
    ),
  ];
}

/** Starts a worker of jflow and returns its port. */
async function hostWorker(stock: Stock): Promise<Prepared> {
  const executors = "executors:\n  - {name: mine, uses: @Twin, uses_with: {mark: w}}\n";
  const side = await startJflow(stock, `jtype: Flow\nwith: {@listen}\n${executors}`, "v1");
  const { port } = await side.rig!.replica("mine/0/0");
  return {
    values: { worker_port: port! },
    [Symbol.asyncDispose]: async () => side[Symbol.asyncDispose](),
  };
}

export const OUR_WORKER_V2_SCENARIO: Scenario = {
  name: "docarray v2, our worker behind Jina's gateway",
  docarray: "v2",
  prepare: hostWorker,
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: mine, external: true, host: 127.0.0.1, port: @worker_port}
`,
  jflowFlow: `jtype: Flow
with: {@listen}
executors:
  - {name: mine, uses: @Twin, uses_with: {mark: w}}
`,
  cases: REACHED_BY.flatMap(casesOf),
};
