import type { Case, Scenario } from "../../case.ts";
import { by, CLIENTS, makePost, postCase, type Client, type Doc, type Posted } from "../asking.ts";

const RAW: readonly Doc[] = [
  { id: "a", text: "abc" },
  { id: "b", text: "abcdef" },
  { id: "c", text: "abcdefghi" },
];

const asked: Partial<Case> = {
  deliberate: {
    reason: "docarray-2-target",
    expect: ({ responses }: Posted) => (responses[0]?.docs.length ?? 0) > 1,
  },
};

function casesOf(client: Client): readonly Case[] {
  const ask = (name: string, docs: readonly Doc[], more: Doc, options: Doc = {}): Case =>
    postCase(
      `${client}: ${name}`,
      makePost("/judge", docs, { ...by(client, options), type: "Raw", ...more }),
      client === "http" && "target_executor" in options ? asked : {},
    );
  return [
    ask("two executors with documents of their own", RAW, {
      returns: "Judged",
      parameters: { least: 7 },
    }),
    ask("the first alone", RAW, { returns: "Counted" }, { target_executor: "count" }),
    ask(
      "only the second executor",
      RAW.map((doc) => ({ ...doc, letters: String(doc["text"]).length })),
      { type: "Counted", returns: "Judged" },
      { target_executor: "judge" },
    ),
  ];
}

/**
 * A chain of executors whose output documents differ from their input documents. The second
 * executor gets the documents that meet a condition on one of their own fields.
 */
export const CHAIN_V2_SCENARIO: Scenario = {
  name: "docarray v2, several executors",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: count, uses: Count, py_modules: [documents_v2.py, twins_v2.py]}
  - {name: judge, uses: Judge, py_modules: [documents_v2.py, twins_v2.py], when: {letters: {$gt: 3}}}
`,
  cases: CLIENTS.flatMap(casesOf),
};

/** `@requests` without an endpoint. */
export const DEFAULT_V2_SCENARIO: Scenario = {
  name: "docarray v2, an executor for all endpoints",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: rest, uses: CatchV2, py_modules: [documents_v2.py, twins_v2.py]}
`,
  cases: CLIENTS.flatMap((client) => [
    postCase(
      `${client}: an endpoint of its own`,
      makePost("/default", RAW, { ...by(client), type: "Raw" }),
    ),
    postCase(`${client}: any other`, makePost("/other", RAW, { ...by(client), type: "Raw" })),
  ]),
};
