import type { Case, Scenario } from "../../case.ts";
import type { Side } from "../../side.ts";
import { by, CLIENTS, makePost, type Client, type Doc, type Posted } from "../asking.ts";

const DIMENSIONS = 8;
const COUNT = 60;
const QUERIES = 5;
const LIMIT = 6;
/** The precision of 32-bit floats, in which the index stores vectors. */
const FLOAT_ERROR = 1e-6;

/**
 * Vectors that are the same in each run and have no pattern that could favour an index. Every
 * number is exact in all number types and has few digits.
 */
function makeVector(seed: number): readonly number[] {
  const at = (i: number): number =>
    Math.round(Math.sin((seed + 1) * 12.9898 + (i + 1) * 78.233) * 128) / 128 + 0;
  return Array.from({ length: DIMENSIONS }, (_, i) => at(i));
}

const idOf = (i: number): string => `p${String(i).padStart(2, "0")}`;
const VECTORS = Array.from({ length: COUNT }, (_, i) => makeVector(i));
const ASKED = Array.from({ length: QUERIES }, (_, i) => makeVector(1000 + i));
const array = (values: readonly number[]): Doc => ({ dtype: "<f4", values });
const PRODUCTS: readonly Doc[] = VECTORS.map((values, i) => ({
  id: idOf(i),
  title: `title ${i}`,
  price: i / 2,
  embedding: array(values),
}));
const QUESTIONS: readonly Doc[] = ASKED.map((values, i) => ({
  id: `q${i}`,
  embedding: array(values),
}));
/** The documents to delete: by document and by parameter. */
const GONE = [idOf(3), idOf(4)];

interface Match extends Doc {
  readonly id: string;
  readonly scores: { readonly cosine: string };
}

type Ranked = readonly (readonly [id: string, distance: number])[];

type Post = (
  endpoint: string,
  docs: readonly Doc[] | undefined,
  more?: Doc,
) => Promise<readonly Doc[]>;

/** Returns the documents of all answers. Throws where a request failed. */
function postBy(side: Side, client: Client): Post {
  return async (endpoint, docs, more = {}) => {
    const job = makePost(endpoint, docs, { ...by(client), type: "Product", ...more });
    const { responses, raised, message } = (await side.ask(job)) as Posted;
    if (raised !== undefined) throw new Error(`${raised}: ${message}`);
    return responses.flatMap((response) => response.docs);
  };
}

/** Returns numpy's distance where the index's distance is the same in 32 bits. */
function snap(exact: Ranked, { id, scores }: Match): readonly [string, number] {
  const distance = Number(scores.cosine.replace("float ", ""));
  const same = exact.find(([other]) => other === id);
  return same !== undefined && Math.abs(same[1] - distance) < FLOAT_ERROR ? same : [id, distance];
}

async function askNumpy(side: Side, ids: readonly string[]): Promise<readonly Ranked[]> {
  const vectors = ids.map((id) => VECTORS[Number(id.slice(1))]);
  return (await side.ask({
    op: "nearest_vectors",
    ids,
    vectors,
    asked: ASKED,
    limit: LIMIT,
  })) as readonly Ranked[];
}

/** Returns the expected matches among `ids`, with their stored fields. */
async function search(side: Side, client: Client, ids: readonly string[]): Promise<unknown> {
  const exact = await askNumpy(side, ids);
  if (side.kind === "instead")
    return exact.map((found) =>
      found.map((one) => ({ one, title: `title ${Number(one[0].slice(1))}` })),
    );
  const docs = await postBy(side, client)("/search", QUESTIONS, { parameters: { limit: LIMIT } });
  return docs.map(({ matches }, i) =>
    (matches as readonly Match[]).map((match) => ({
      one: snap(exact[i]!, match),
      title: match["title"],
    })),
  );
}

const ALL = PRODUCTS.map(({ id }) => String(id));
const LEFT = ALL.filter((id) => !GONE.includes(id));
const told = ({ id, title, price, embedding }: Doc): unknown => ({ id, title, price, embedding });

/** A product as the client reports it. */
function expected(i: number, dtype: string): unknown {
  const float = (value: number): string =>
    `float ${Number.isInteger(value) ? value.toFixed(1) : value}`;
  const embedding = { dtype, shape: [DIMENSIONS], values: VECTORS[i]!.map(float) };
  return { id: idOf(i), title: `title ${i}`, price: float(i / 2), embedding };
}

/** Each client begins with the index of the client before, without the documents `GONE`. */
function casesOf(client: Client): readonly Case[] {
  const one = (
    name: string,
    ask: (side: Side) => Promise<unknown>,
    instead: (side: Side) => unknown,
  ): Case => ({
    name: `${client}: ${name}`,
    ask: async (side) => (side.kind === "instead" ? instead(side) : ask(side)),
  });
  const ids = async (docs: Promise<readonly Doc[]>): Promise<unknown> =>
    (await docs).map(({ id }) => id);
  return [
    one(
      "/index",
      async (side) =>
        ids(postBy(side, client)("/index", PRODUCTS, by(client, { request_size: 100 }))),
      () => ALL,
    ),
    { name: `${client}: /search`, ask: async (side) => search(side, client, ALL) },
    one(
      "/get, by document and by parameter",
      async (side) => {
        const docs = await postBy(side, client)("/get", [{ id: idOf(7) }], {
          parameters: { ids: [idOf(2)] },
        });
        return docs
          .map(told)
          .map((text) => JSON.stringify(text))
          .toSorted();
      },
      () => [2, 7].map((i) => JSON.stringify(expected(i, client === "http" ? "<f8" : "<f4"))),
    ),
    one(
      "/delete, by document and by parameter",
      async (side) => {
        await postBy(side, client)("/delete", [{ id: GONE[0] }]);
        await postBy(side, client)("/delete", undefined, { parameters: { ids: GONE.slice(1) } });
        return (
          await postBy(side, client)(
            "/get",
            GONE.map((id) => ({ id })),
          )
        ).length;
      },
      () => 0,
    ),
    { name: `${client}: /search after /delete`, ask: async (side) => search(side, client, LEFT) },
  ];
}

/**
 * Documents of a user's own class in jflow's index. Stock Jina has no index for docarray v2, so
 * numpy computes the expected matches.
 */
export const INDEX_V2_SCENARIO: Scenario = {
  name: "docarray v2, HNSWIndexer in 2 shards x 2 replicas",
  docarray: "v2",
  instead: "numpy, exact",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: indexer, uses: HNSWIndexer, shards: 2, replicas: 2, uses_after: MatchMerger}
`,
  cases: CLIENTS.flatMap(casesOf),
};
