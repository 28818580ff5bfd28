import type { Case, Scenario } from "../case.ts";
import type { Side } from "../side.ts";
import { makePost, type Doc, type Posted } from "./asking.ts";

const LINES: readonly Doc[] = [
  { id: "a", text: "ünï", number: 7, tags: { k: 1, list: [1, "x"] }, embedding: [0.5, 1] },
  { id: "b", text: "b" },
];

type Told = readonly Doc[];

/** Reads a number, also as Jina's side writes one of docarray v2: `float 0.5`. */
function readNumber(told: unknown): number {
  return Number(String(told).replace(/^\w+ /, ""));
}

/** The comparable part of a document: the fields of docarray v1, and other fields as tags. */
function tell({ id, text, number, tags, embedding }: Doc): Doc {
  const list: unknown = Array.isArray(embedding)
    ? embedding
    : (embedding as { values?: unknown } | null)?.values;
  const own = tags as Readonly<Record<string, unknown>>;
  return {
    id,
    text,
    number: number ?? own["number"],
    k: own["k"] ?? null,
    list: own["list"] ?? null,
    embedding: Array.isArray(list) ? list.map(readNumber) : null,
  };
}

/**
 * Posts with Jina's docarray v2 client where stock Jina serves, and with `jflow post` where jflow
 * does.
 */
function postEither(endpoint: string): Case {
  return {
    name: `jflow post ${endpoint}, lines of JSON`,
    ask: async (side: Side): Promise<Told> => {
      if (side.rig !== undefined) {
        const file = side.rig.write(
          "lines.jsonl",
          LINES.map((line) => `${JSON.stringify(line)}\n`).join(""),
        );
        return (
          (await side.rig.post(endpoint, ["--input", file, "--with-embeddings"])) as Told
        ).map(tell);
      }
      const { responses } = (await side.ask(makePost(endpoint, LINES))) as Posted;
      return responses.flatMap(({ docs }) => docs).map(tell);
    },
    expect: (told: Told) => told.length === LINES.length,
  };
}

/**
 * Executors of docarray v2 with clients of docarray v1: the gateway translates the documents by the
 * executors' schemas.
 */
export const EITHER_FORMAT_SCENARIO: Scenario = {
  name: "docarray v2 executors, jflow post",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: one, uses: TwinV2, py_modules: [documents_v2.py, twins_v2.py]}
`,
  cases: [postEither("/mark"), postEither("/echo")],
};
