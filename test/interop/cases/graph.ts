import type { Case, Scenario } from "../case.ts";
import { by, makeDocs, makePost, postCase, type Posted } from "./asking.ts";

const KINDS = ["a", "b", "c", "a", "b"].map((kind, i) => ({
  id: `d${i}`,
  text: kind,
  tags: { kind, n: i },
}));

const hasTexts =
  (...texts: readonly string[]) =>
  ({ responses }: Posted): boolean =>
    JSON.stringify(responses[0]?.docs.map(({ text }) => text)) === JSON.stringify(texts);

const countResults = (response: Posted["responses"][number] | undefined): number =>
  Object.keys(response?.parameters["__results__"] ?? {}).length;

/** Removes the end time of a floating executor, which may still run when the answer is sent. */
function maskSideEnd(one: Case): Case {
  const mask = (response: Posted["responses"][number]): unknown => ({
    ...response,
    routes: response.routes.map((route) =>
      route.executor === "side" ? { executor: "side" } : route,
    ),
  });
  return {
    ...one,
    ask: async (side) => {
      const answer = (await one.ask(side)) as Posted;
      return { ...answer, responses: answer.responses.map(mask) };
    },
  };
}

export const JOIN_SCENARIO: Scenario = {
  name: "graph",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: start, uses: @Twin, uses_with: {mark: start}}
  - {name: left, uses: @Twin, uses_with: {mark: left}, needs: start}
  - {name: right, uses: @Twin, uses_with: {mark: right}, needs: [start]}
  - {name: side, uses: @Twin, uses_with: {mark: side}, needs: start, floating: true}
  - {name: join, uses: @Twin, uses_with: {mark: join}, needs: [left, right]}
`,
  cases: [
    postCase("branches meet: one document of two", makePost("/mark", makeDocs(2)), {
      deliberate: {
        reason: "join-order",
        expect: ({ responses }: Posted) =>
          responses[0]?.docs[0]?.["text"] === "text 0|start|left|join",
      },
    }),
    postCase("branches meet: documents each added", makePost("/replace", makeDocs(1))),
    postCase("__results__ of every executor", makePost("/results", makeDocs(1)), {
      deliberate: {
        reason: "floating-results",
        expect: ({ responses }: Posted) => countResults(responses[0]) === 4,
      },
    }),
    postCase("docs_matrix and docs_map after a reduce", makePost("/matrix", makeDocs(2)), {
      deliberate: {
        reason: "docs-matrix",
        expect: ({ responses }: Posted) => countResults(responses[0]) === 4,
      },
    }),
    postCase("matches that both branches add", makePost("/match", makeDocs(1))),
    postCase(
      "one branch is a target",
      makePost("/mark", makeDocs(1), by("grpc stream", { target_executor: "left" })),
      {
        deliberate: {
          reason: "join-order",
          expect: ({ responses }: Posted) => responses[0]?.docs[0]?.["text"] === "text 0|left",
        },
      },
    ),
    postCase(
      "an error on one branch",
      makePost(
        "/fail",
        [{ id: "d0", text: "fail" }],
        by("grpc stream", { continue_on_error: true, target_executor: "left|join" }),
      ),
      {
        expect: ({ responses }: Posted) => responses[0]?.status.code === 1,
      },
    ),
  ].map(maskSideEnd),
};

export const LOOSE_JOIN_SCENARIO: Scenario = {
  name: "no_reduce",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: left, uses: @Twin, uses_with: {mark: left}, needs: gateway}
  - {name: right, uses: @Twin, uses_with: {mark: right}, needs: gateway}
  - {name: join, uses: @Twin, uses_with: {mark: join}, needs: [left, right], no_reduce: true}
`,
  cases: [
    postCase("docs_matrix and docs_map of the branches", makePost("/matrix", makeDocs(2)), {
      deliberate: {
        reason: "join-order",
        expect: ({ responses }: Posted) =>
          JSON.stringify(responses[0]?.parameters).includes(
            '"matrix":[["d0:text 0","d1:text 1"],["d0:text 0","d1:text 1"]]',
          ),
      },
    }),
    postCase("the documents of both branches", makePost("/mark", makeDocs(1)), {
      deliberate: {
        reason: "join-order",
        expect: hasTexts("text 0|left|join", "text 0|right|join"),
      },
    }),
  ],
};

export const WHEN_SCENARIO: Scenario = {
  name: "when",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: first, uses: @Twin, uses_with: {mark: first}}
  - {name: only_a, uses: @Twin, uses_with: {mark: a}, needs: first, when: {tags__kind: {$eq: a}}}
  - {name: only_bc, uses: @Twin, uses_with: {mark: bc}, needs: first, when: {$or: [{tags__kind: {$eq: b}}, {tags__n: {$gte: 2}}]}}
  - {name: join, uses: @Twin, uses_with: {mark: join}, needs: [only_a, only_bc]}
`,
  cases: [
    postCase(
      "documents take the branch of their tags and come back in order",
      makePost("/mark", KINDS),
      {
        deliberate: {
          reason: "join-order",
          expect: hasTexts(
            "a|first|a|join",
            "b|first|bc|join",
            "c|first|bc|join",
            "a|first|a|join",
            "b|first|bc|join",
          ),
        },
      },
    ),
    postCase(
      "a document that no branch takes",
      makePost("/mark", [{ id: "x", text: "x", tags: { kind: "z", n: 0 } }]),
    ),
    postCase("documents without tags", makePost("/mark", makeDocs(2))),
  ],
};
