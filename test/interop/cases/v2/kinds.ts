import type { Case, Scenario } from "../../case.ts";
import {
  by,
  CLIENTS,
  makeDocs,
  makePost,
  postCase,
  type Client,
  type Doc,
  type Posted,
} from "../asking.ts";
import { RAW_CASES } from "./web.ts";

const array = (dtype: string, values: readonly unknown[], shape?: readonly number[]): Doc => ({
  dtype,
  values,
  ...(shape === undefined ? {} : { shape }),
});

/** One document for each kind of value, and one with all kinds. */
const KINDS: readonly Doc[] = [
  { id: "empty" },
  {
    id: "text",
    title: 'ünï 😀 \u0000 "quoted"',
    url: "http://x.y/z.png",
    letter: "b",
    either: "5",
    names: ["a", ""],
  },
  {
    id: "numbers",
    price: 2,
    number: -7,
    is_new: true,
    weights: [1, 2.5, -0.0],
    table: [[1, 2], [0.5], []],
    either: 5,
  },
  {
    id: "bounds",
    price: 1e300,
    number: 2 ** 31 - 1,
    weights: [1e-320, 0.1, 2 ** 53],
    counts: { low: -(2 ** 31) },
  },
  { id: "bytes", raw: { base64: "aGV5" } },
  {
    id: "dicts",
    tags: {
      whole: 1,
      half: 0.5,
      no: null,
      list: [1, "x", { deep: { deeper: [true, []] } }],
      ключ: {},
    },
    counts: { a: 1, b: 0, "7": 7 },
    anything: { any: [1, 2.5, "x"] },
  },
  {
    id: "floats",
    vector: array("<f4", [0.1, 1, -2.5]),
    matrix: array("<f8", [
      [1, 2, 3],
      [0.1, 0.2, 0.3],
    ]),
  },
  {
    id: "integers",
    vector: array("<i8", [1, 2, 3]),
    tensor: array("<i8", [
      [[1], [2]],
      [[3], [4]],
    ]),
  },
  { id: "hollow", vector: array("<f8", [], [0]), tensor: array("<f8", [], [2, 0]) },
  { id: "others", vector: array("<f2", [0.5, 0.25]), tensor: array("<i4", [1, -1]) },
  { title: "whose id is made up" },
  {
    id: "nested",
    inner: { id: "i", count: 2, vector: array("<f8", [1, 2, 3]) },
    inners: [{ id: "j" }, { id: "k", count: 0 }],
  },
];

const LEGACY: readonly Doc[] = [
  {
    id: "old",
    text: "t",
    tags: { k: 1, l: [0.5] },
    embedding: array("<f8", [0.5, 1]),
    scores: { cosine: 0.5 },
    matches: [{ id: "m", text: "match", scores: { cosine: 1 } }],
    chunks: [{ id: "c", tags: { deep: { x: true } } }],
  },
];

const TEXTS: readonly Doc[] = [
  { id: "t", text: "hi", embedding: array("<f8", [0.5, 0.25]), url: "http://x.y/z.txt" },
  { id: "u" },
];
const IMAGES: readonly Doc[] = [
  { id: "i", url: "http://x.y/z.png", tensor: array("<i8", [[[1, 2, 3]], [[4, 5, 6]]]) },
];
const ODD: readonly Doc[] = [
  { id: "o", docs: "d", data: [1, 2], header: { h: "x" }, type: "t", parameters: 2 },
];

const RAW: readonly Doc[] = [
  { id: "a", text: "t" },
  { id: "b", text: "u" },
];
/** The HTTP client raises: there is no answer with a status. */
const failed: Partial<Case> = {
  expect: ({ raised, message = "", responses }: Posted) =>
    raised === undefined ? responses[0]?.status.code === 1 : message.includes("told to fail"),
};

const unbound: Partial<Case> = {
  expect: ({ raised, responses }: Posted) =>
    raised === "BadClient" || responses[0]?.docs.length === RAW.length,
};

const wholeInside: Partial<Case> = {
  deliberate: {
    reason: "docarray-2-nested",
    expect: ({ responses }: Posted) => {
      const inners = responses[0]?.docs.at(-1)?.["inners"] as readonly Doc[] | undefined;
      return inners?.[1]?.["count"] === 0;
    },
  },
};

type Asked = readonly [name: string, endpoint: string, docs: readonly Doc[], type: string];

const ALIKE: readonly Asked[] = [
  ["every kind of field comes back", "/echo", KINDS, "Kinds"],
  ["fields with names of a request's own", "/odd", ODD, "Odd"],
  ["TextDoc", "/text", TEXTS, "TextDoc"],
  ["ImageDoc", "/image", IMAGES, "ImageDoc"],
  ["LegacyDocument", "/legacy", LEGACY, "LegacyDocument"],
  ["an executor without annotations", "/untold", LEGACY, "LegacyDocument"],
  ["all documents are taken away", "/none", RAW, "Raw"],
  ["an empty list", "/results", [], "Raw"],
];

function casesOf(client: Client): readonly Case[] {
  const ask = (
    [name, endpoint, docs, type]: Asked,
    more: Doc = {},
    expecting: Partial<Case> = {},
  ): Case =>
    postCase(
      `${client}: ${name}`,
      makePost(endpoint, docs, { ...by(client), type, ...more }),
      expecting,
    );
  return [
    ...ALIKE.map((asked) => ask(asked)),
    ask(
      ["an executor sees what was sent, and answers with more", "/see", KINDS, "Kinds"],
      { returns: "Seen" },
      client === "http" ? wholeInside : {},
    ),
    ask(["parameters and __results__", "/results", RAW, "Raw"], {
      parameters: { a: 1, b: { c: [true, "x", 0.5] } },
    }),
    ask(["requests of 4", "/text", makeDocs(10), "TextDoc"], by(client, { request_size: 4 })),
    ask(["one document instead of a list", "/text", TEXTS.slice(0, 1), "TextDoc"], {
      single: true,
    }),
    ask(
      ["an executor throws", "/fail", RAW, "Raw"],
      by(client, { continue_on_error: true }),
      failed,
    ),
    ask(["an endpoint that no executor binds", "/nobody", RAW, "Raw"], {}, unbound),
  ];
}

/** The values of docarray v2 documents, with each of the four clients. */
export const KINDS_V2_SCENARIO: Scenario = {
  name: "docarray v2, documents",
  docarray: "v2",
  flow: `jtype: Flow
with: {@listen}
executors:
  - {name: kinds, uses: KindsV2, py_modules: [documents_v2.py, twins_v2.py]}
`,
  cases: [...CLIENTS.flatMap(casesOf), ...RAW_CASES],
};
