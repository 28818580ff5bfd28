import type { Scenario } from "../../case.ts";
import { by, CLIENTS, makeDocs, makePost, postCase, type Doc, type Posted } from "../asking.ts";

const TWO: readonly Doc[] = [
  {
    id: "a",
    text: "ünï",
    number: 7,
    tags: { k: 1, list: [1, "x"] },
    embedding: { dtype: "<f4", values: [0.5, 1.5] },
    matches: [{ id: "m", text: "t", score: 0.5 }],
  },
  { id: "b", text: "b" },
];

export const TWINS_V2_SCENARIO: Scenario = {
  name: "docarray v2, Python executors",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: TwinV2, py_modules: [documents_v2.py, twins_v2.py]}
  - {name: sharded, uses: TwinV2, py_modules: [documents_v2.py, twins_v2.py], shards: 2, polling: ALL}
`,
  cases: CLIENTS.flatMap((client) => [
    postCase(
      `${client}: documents of every kind`,
      makePost("/mark", TWO, by(client, { target_executor: "one" })),
    ),
    postCase(
      `${client}: many documents`,
      makePost("/mark", makeDocs(30), by(client, { target_executor: "one", request_size: 4 })),
    ),
    postCase(
      `${client}: shards merge by id`,
      makePost("/match", TWO, by(client, { target_executor: "sharded" })),
      {
        deliberate: {
          reason: "docarray-2-lists",
          expect: ({ responses }: Posted) =>
            JSON.stringify(responses[0]?.docs[1]).match(/"[01]-[01]"/g)?.length === 4,
        },
      },
    ),
  ]),
};

export const TWINS_V2_PASS_SCENARIO: Scenario = {
  name: "docarray v2, passing through",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: TwinV2, py_modules: [documents_v2.py, twins_v2.py]}
`,
  jflowFlow: `jtype: Flow
with: {@listen}
executors:
  - {name: one}
`,
  cases: CLIENTS.map((client) =>
    postCase(`${client}: documents come back as they were`, makePost("/echo", TWO, by(client))),
  ),
};
