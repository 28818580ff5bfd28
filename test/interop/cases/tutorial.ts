import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case, Prepared, Scenario } from "../case.ts";
import { eventually } from "../../rig/rig.ts";
import type { Side } from "../side.ts";
import type { Stock } from "../stock.ts";
import { by, makePost, type Client, type Posted } from "./asking.ts";

const DOCUMENTS = 3_000;
const QUERIES = 60;
const LIMIT = 10;
/** Weights are doubles in scikit-learn and 32-bit floats in the index. */
const FLOAT_ERROR = 1e-6;
/** Jina's HTTP client does not accept a sparse embedding. */
const SPARSE_CLIENTS: readonly Client[] = ["grpc stream", "grpc unary", "websocket"];
const EXACT = "exact.json";
const SLOW_MS = 60_000;

const MAKE_DATA = join(import.meta.dirname, "../../../flows/wordnet/make-data.mjs");

/** Definitions of WordNet, as lines of JSON. */
function readDefinitions(count: number): readonly string[] {
  const text = execFileSync(process.execPath, [MAKE_DATA, String(count)], {
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  return text.split("\n").slice(0, count);
}

type Text = { readonly id: string; readonly text: string };

function readTexts(file: string): readonly Text[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const { id, text } = JSON.parse(line) as Text;
    return { id, text };
  });
}

/**
 * Writes the documents to index, whole and in halves, the queries, the lines that the executor
 * computes its weights from, and the expected matches.
 */
async function prepareTexts(stock: Stock): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), "jflow-tutorial-"));
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(""));
  const documents = readDefinitions(DOCUMENTS);
  write("all.jsonl", documents);
  write("first.jsonl", documents.slice(0, DOCUMENTS / 2));
  write("second.jsonl", documents.slice(DOCUMENTS / 2));
  write("queries.jsonl", readDefinitions(QUERIES));
  write(
    "corpus.txt",
    documents.map((line) => (JSON.parse(line) as Text).text),
  );
  const inFolder = { docs: join(folder, "all.jsonl"), queries: join(folder, "queries.jsonl") };
  write(EXACT, [
    JSON.stringify(await stock.ask({ op: "exact", ...inFolder, limit: LIMIT }, SLOW_MS)),
  ]);
  return {
    values: { folder, corpus: join(folder, "corpus.txt") },
    [Symbol.asyncDispose]: () => Promise.resolve(rmSync(folder, { recursive: true })),
  };
}

/** The compared part of ten documents: ids, and distances to the precision of 32-bit floats. */
type Found = Readonly<Record<string, readonly (readonly [string, number])[]>>;

/**
 * Replaces each distance within the precision of floats by scikit-learn's distance, so that only
 * real differences remain.
 */
function snapTo(exact: Found, found: Found): Found {
  const snap = (
    query: string,
    [id, distance]: readonly [string, number],
  ): readonly [string, number] => {
    const same = exact[query]?.find(([other]) => other === id);
    return same !== undefined && Math.abs(same[1] - distance) < FLOAT_ERROR ? same : [id, distance];
  };
  return Object.fromEntries(
    Object.entries(found).map(([query, matches]) => [
      query,
      matches.map((one) => snap(query, one)).toSorted(byDistance),
    ]),
  );
}

function byDistance(
  [leftId, left]: readonly [string, number],
  [rightId, right]: readonly [string, number],
): number {
  return left - right || (leftId < rightId ? -1 : 1);
}

interface Scored {
  readonly id: string;
  readonly scores: { readonly cosine: { readonly value: number | null } };
}

function tellMatches(docs: readonly { readonly id: string; readonly matches?: unknown }[]): Found {
  const tell = ({ id, scores }: Scored): [string, number] => [id, scores.cosine.value ?? 0];
  return Object.fromEntries(
    docs.map(({ id, matches }) => [id, (matches as readonly Scored[]).map(tell)]),
  );
}

/** The matches that scikit-learn computed. */
function readExact(folder: string): Found {
  return JSON.parse(readFileSync(join(folder, EXACT), "utf8")) as Found;
}

const folderOf = (side: Side): string => String(side.values!["folder"]);

type Search = (side: Side, folder: string) => Promise<Found>;

async function searchByCommand({ rig }: Side, folder: string): Promise<Found> {
  const args = ["--input", join(folder, "queries.jsonl"), "--param", `limit=${LIMIT}`];
  return tellMatches((await rig!.post("/search", args)) as { id: string }[]);
}

function searchBy(client: Client): Search {
  return async (side, folder) => {
    const queries = readTexts(join(folder, "queries.jsonl"));
    const options = { ...by(client, { request_size: 7 }), parameters: { limit: LIMIT } };
    const { responses } = (await side.ask(makePost("/search", queries, options))) as Posted;
    return tellMatches(responses.flatMap(({ docs }) => docs));
  };
}

function searchCase(name: string, search: Search): Case {
  return {
    name: `search, ${name}`,
    ask: async (side) => {
      const exact = readExact(folderOf(side));
      return side.kind === "instead" ? exact : snapTo(exact, await search(side, folderOf(side)));
    },
    expect: (found: Found) =>
      Object.keys(found).length === QUERIES &&
      Object.values(found).every(({ length }) => length === LIMIT),
  };
}

/** Posts one half with each client, and returns the results. */
async function indexHalves(side: Side, folder: string): Promise<unknown> {
  const byCommand = await side.rig!.post("/index", [
    "--input",
    join(folder, "first.jsonl"),
    "--batch",
    "100",
  ]);
  const second = readTexts(join(folder, "second.jsonl"));
  const job = makePost("/index", second, by("grpc stream", { request_size: 100 }));
  const { responses } = (await side.ask(job, SLOW_MS)) as Posted;
  const byClient = responses.map(({ docs }) => docs.length).reduce((sum, count) => sum + count, 0);
  const { replicas } = await eventually("every document is counted", async () => {
    const status = await side.rig!.status();
    const total = status.replicas.reduce((sum, { docs }) => sum + (docs ?? 0), 0);
    return total === DOCUMENTS && status;
  });
  const busy = (executor: string): number =>
    replicas.filter((replica) => replica.executor === executor && replica.requests > 0).length;
  return {
    answered: byCommand.length + byClient,
    encoders: busy("encoder"),
    shards: busy("indexer"),
  };
}

/**
 * Jina's tutorial on scaling out: a TF-IDF executor in two replicas, and an index in two shards.
 * Its index executors came from Jina Hub, which no longer exists, so stock Jina cannot run the
 * flow. The result of the flow is exact, and scikit-learn computes the same.
 */
export const TUTORIAL_SCENARIO: Scenario = {
  name: "the scale-out tutorial",
  instead: "scikit-learn, exact",
  prepare: prepareTexts,
  flow: `jtype: Flow
with: {@listen}
executors:
  - name: encoder
    uses: tfidf.yml
    uses_with: {corpus: @corpus}
    replicas: 2
  - name: indexer
    uses: jinahub://SimpleIndexer
    shards: 2
    polling: {/index: ANY, /search: ALL}
    uses_after: jinahub://MatchMerger
`,
  cases: [
    {
      name: `${DOCUMENTS} definitions of WordNet, half by jflow post, half by Jina's client`,
      ask: async (side) =>
        side.kind === "instead"
          ? { answered: DOCUMENTS, encoders: 2, shards: 2 }
          : indexHalves(side, folderOf(side)),
    },
    searchCase("jflow post", searchByCommand),
    ...SPARSE_CLIENTS.map((client) => searchCase(`Jina's client, ${client}`, searchBy(client))),
  ],
};
